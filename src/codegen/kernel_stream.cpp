// Stores past the caches: whole vectors, joined to cache lines where they lie side by side.
#include <llvm/IR/IntrinsicsX86.h>

#include "codegen/kernel_scope.h"

namespace tenon::codegen {

using llvm::Value;

namespace {

constexpr Dim kLineBytes = 64;

}  // namespace

/// Elements that are written at once at most, of which each begins at a multiple from the first element of the output.
Dim Kernel::streamed_elements() const {
  const Dim line = kLineBytes * 8 / bits_of(n_.out);
  bool lines = n_.out_offset.offset % line == 0;
  for (const loop::Loop& l : outer_) lines = lines && n_.out_offset.coef(l.index) * l.step % line == 0;
  return lines ? std::max<Dim>(line, lanes_) : lanes_;
}

void Kernel::prepare_stream() {
  if (!n_.streams) return;
  Value* first = c_.b.CreatePtrToInt(place_.buffers[0], c_.i64);
  const Dim bytes = bytes_of(n_.out, streamed_elements());
  aligned_ = c_.b.CreateICmpEQ(c_.b.CreateAnd(first, c_.index(bytes - 1)), c_.index(0));
}

/// As many points from number `first` on as make a line side by side; else one.
std::size_t Kernel::joined(llvm::ArrayRef<const Point*> points, std::size_t first) {
  const int form = intern(n_.out_offset, n_.out_digits);
  const auto place = [&](const Point& p) { return n_.out_offset.offset.value() + constant_part(form, p); };
  const Dim start = place(*points[first]), most = streamed_elements();
  const auto count = static_cast<std::size_t>(most / lanes_);
  if (start % most != 0 || first + count > points.size()) return 1;
  for (std::size_t k = 1; k < count; ++k) {
    const Dim at = place(*points[first + k]);
    if (at != start + static_cast<Dim>(k) * lanes_ || points[first + k]->active < lanes_) return 1;
  }
  return count;
}

/// Past the caches, if the nest streams and the output begins at a whole vector; edges as usual.
void Kernel::store_all(llvm::ArrayRef<Value*> values, llvm::ArrayRef<const Point*> points) {
  const auto usual = [&] {
    if (const auto along = interleaving_loop()) return store_interleaved(values, points, *along);
    for (std::size_t k = 0; k < values.size(); ++k) store(values[k], *points[k]);
  };
  const bool whole = std::ranges::any_of(points, [&](const Point* p) { return p->active == lanes_; });
  if (aligned_ == nullptr || !whole) return usual();
  auto& b = c_.b;
  Values addresses;
  for (const Point* p : points) addresses.push_back(address_of_output(*p));
  auto *past = block("past"), *through = block("through"), *stored = block("stored");
  b.CreateCondBr(aligned_, past, through);
  b.SetInsertPoint(through);
  usual();
  b.CreateBr(stored);
  b.SetInsertPoint(past);
  llvm::MDNode* mark = llvm::MDNode::get(b.getContext(), llvm::ConstantAsMetadata::get(b.getInt32(1)));
  for (std::size_t k = 0, count = 1; k < values.size(); k += count) {
    count = 1;
    if (points[k]->active < lanes_) {
      store(values[k], *points[k]);
      continue;
    }
    count = joined(points, k);
    Values parts;
    for (std::size_t j = k; j < k + count; ++j) parts.push_back(c_.splat(c_.stored(values[j], n_.out), lanes_));
    for (; parts.size() > 1; parts.resize(parts.size() / 2))
      for (std::size_t j = 0; 2 * j < parts.size(); ++j) parts[j] = concatenated(parts[2 * j], parts[2 * j + 1]);
    const llvm::Align align(static_cast<std::uint64_t>(bytes_of(n_.out, lanes_)) * count);
    b.CreateAlignedStore(parts[0], addresses[k], align)->setMetadata(llvm::LLVMContext::MD_nontemporal, mark);
  }
  b.CreateBr(stored);
  b.SetInsertPoint(stored);
}

Value* Kernel::concatenated(Value* x, Value* y) {
  llvm::SmallVector<int, 64> all;
  for (unsigned k = 0; k < 2 * Code::lanes_of(x); ++k) all.push_back(static_cast<int>(k));
  return c_.b.CreateShuffleVector(x, y, all);
}

void finish_streams(Code& c) {
  if (c.cpu.triple.starts_with("x86_64")) c.b.CreateIntrinsic(c.b.getVoidTy(), llvm::Intrinsic::x86_sse_sfence, {});
}

}  // namespace tenon::codegen
