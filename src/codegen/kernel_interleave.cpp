// Results whose lanes lie two to four elements apart, with those of neighbouring points of the tile in between: they
// are brought into order in registers and stored as runs.
#include "codegen/kernel_scope.h"

namespace tenon::codegen {

using llvm::Value;

/// The unrolled loop whose points lie between the lanes.
std::optional<std::size_t> Kernel::interleaving_loop() const {
  if (lane_index_ == kNone || n_.scatter) return {};
  const Dim step = lane_step(n_.out_offset, n_.out_digits);
  if (step < 2 || step > 4) return {};
  for (std::size_t k = 0; k < unrolled_.size(); ++k)
    if (unrolled_[k].trips == step && loop::step_of(n_.out_offset, n_.out_digits, unrolled_[k]) == 1) return k;
  return {};
}

/// x[0], y[0], x[1], y[1], …
Value* Kernel::by_turns(Value* x, Value* y) {
  const unsigned n = Code::lanes_of(x);
  llvm::SmallVector<int, 128> picked;
  for (unsigned k = 0; k < 2 * n; ++k) picked.push_back(static_cast<int>(k / 2 + k % 2 * n));
  return c_.b.CreateShuffleVector(x, y, picked);
}

/// x[0], y[0], z[0], x[1], … as three vectors, each of which takes two permutations.
void Kernel::store_thirds(llvm::ArrayRef<Value*> parts, const Point& first) {
  const int lanes = static_cast<int>(lanes_), present = static_cast<int>(first.active) * 3;
  const llvm::Align align(static_cast<std::uint64_t>(bits_of(n_.out)) / 8);
  Value* at = address_of_output(first);
  for (int start = 0; start < present; start += lanes) {
    llvm::SmallVector<int, 64> two, three;
    llvm::SmallVector<llvm::Constant*, 64> on;
    for (int lane = 0; lane < lanes; ++lane) {
      const int e = start + lane, from = e % 3, place = e / 3;
      two.push_back(from == 1 ? lanes + place : place);
      three.push_back(from == 2 ? lanes + place : lane);
      on.push_back(c_.b.getInt1(e < present));
    }
    Value* run = c_.b.CreateShuffleVector(c_.b.CreateShuffleVector(parts[0], parts[1], two), parts[2], three);
    Value* to = start == 0 ? at : c_.b.CreateGEP(c_.in_memory(n_.out), at, c_.index(start));
    if (start + lanes <= present)
      c_.b.CreateAlignedStore(run, to, align);
    else
      c_.b.CreateMaskedStore(run, to, align, llvm::ConstantVector::get(on));
  }
}

/// Of points that differ in the counter of the unrolled loop `along` alone, in its order.
void Kernel::store_run(llvm::ArrayRef<Value*> values, const Point& first) {
  auto& b = c_.b;
  Values parts;
  for (Value* v : values) parts.push_back(c_.splat(c_.stored(v, n_.out), lanes_));
  if (parts.size() == 3) return store_thirds(parts, first);
  Value* run = parts.size() == 2 ? by_turns(parts[0], parts[1])
                                 : by_turns(by_turns(parts[0], parts[2]), by_turns(parts[1], parts[3]));
  const llvm::Align align(static_cast<std::uint64_t>(bits_of(n_.out)) / 8);
  Value* at = address_of_output(first);
  if (first.active == lanes_) {
    b.CreateAlignedStore(run, at, align);
    return;
  }
  llvm::SmallVector<llvm::Constant*, 128> on;
  for (unsigned k = 0; k < Code::lanes_of(run); ++k) on.push_back(b.getInt1(k / parts.size() < first.active));
  b.CreateMaskedStore(run, at, align, llvm::ConstantVector::get(on));
}

void Kernel::store_interleaved(llvm::ArrayRef<Value*> values, llvm::ArrayRef<const Point*> points, std::size_t along) {
  std::map<std::vector<Dim>, std::vector<std::size_t>> groups;
  for (std::size_t k = 0; k < points.size(); ++k) {
    std::vector<Dim> others = points[k]->counter;
    others[along] = 0;
    groups[others].push_back(k);
  }
  for (const auto& [others, group] : groups) {
    Values all;
    for (std::size_t k : group) all.push_back(values[k]);
    if (all.size() == static_cast<std::size_t>(unrolled_[along].trips)) {
      store_run(all, *points[group[0]]);
      continue;
    }
    for (std::size_t k : group) store(values[k], *points[k]);
  }
}

}  // namespace tenon::codegen
