// Sums of products of narrow factors by the processor's instructions for them: vdpbf16ps, vpdpbusd.
//
// vpdpbusd multiplies unsigned bytes with signed ones. Where both factors are signed, 128 is added to one, and what
// that adds to each column's sum, 128 times the sum of the other factor, is summed beside and taken off at the end.
#include <llvm/IR/IntrinsicsX86.h>

#include <set>

#include "codegen/kernel_scope.h"

namespace tenon::codegen {

using llvm::Value;

namespace {

NodeId load_under_cast(const loop::Nest& n, std::size_t side) { return n.node(n.node(n.body).args[side]).args[0]; }

constexpr std::uint32_t kSignBits = 0x80808080;

}  // namespace

void Kernel::find_dot() {
  const loop::Loop* dot = n_.dot_loop();
  if (!dot) return;
  expect(c_.cpu.vector_bits == 512 && c_.cpu.triple.starts_with("x86_64") && lanes_ == 16,
         "dot products are of vectors of 512 bits");
  expect(n_.accumulate == DType::F32 ? c_.cpu.bf16_dot : c_.cpu.int8_dot, "the processor has the instruction");
  dot_.width = static_cast<unsigned>(dot->trips);
  const NodeId first = load_under_cast(n_, 0), second = load_under_cast(n_, 1);
  auto varying = [&](NodeId load) { return fact(load).deps >> lane_index_ & 1; };
  expect(varying(first) != varying(second), "one factor lies along the lanes");
  dot_.lanes = varying(first) ? first : second;
  dot_.row = varying(first) ? second : first;
  const loop::Access &along = access_of(dot_.lanes), &row = access_of(dot_.row);
  expect(loop::step_of(along.offset, along.digits, *dot) == 1 && lane_step(along.offset, along.digits) == dot->trips &&
             loop::step_of(row.offset, row.digits, *dot) == 1,
         "the factors of a dot product lie side by side");
  dot_.corrects = n_.node(dot_.lanes).dtype == DType::I8 && n_.node(dot_.row).dtype == DType::I8;
}

/// How many products the instruction adds here: fewer at the end of the reduction.
unsigned Kernel::dot_present() const {
  return static_cast<unsigned>(std::min<Dim>(dot_.width, span(n_.dot_loop()->index).most));
}

/// The factor along the lanes: for each lane its values side by side, zeros where there are none.
Value* Kernel::dot_lanes(const Point& p) {
  const loop::Access& a = access_of(dot_.lanes);
  return cached(Tag::Node, dot_.lanes, {}, fact(dot_.lanes).deps, p,
                [&] {
                  auto& b = c_.b;
                  const DType t = n_.node(dot_.lanes).dtype;
                  llvm::Type* type = llvm::FixedVectorType::get(c_.in_memory(t), lanes_ * dot_.width);
                  const llvm::Align align(static_cast<std::uint64_t>(bits_of(t)) / 8);
                  Value* at = address(a.operand, a.offset, a.digits, p);
                  const unsigned present = dot_present();
                  Value* v;
                  if (p.active == lanes_ && present == dot_.width) {
                    v = b.CreateAlignedLoad(type, at, align);
                  } else {
                    llvm::SmallVector<llvm::Constant*, 64> on;
                    for (unsigned k = 0; k < lanes_ * dot_.width; ++k)
                      on.push_back(b.getInt1(k / dot_.width < p.active && k % dot_.width < present));
                    v = b.CreateMaskedLoad(type, at, align, llvm::ConstantVector::get(on),
                                           llvm::Constant::getNullValue(type));
                  }
                  return Val{b.CreateBitCast(v, llvm::FixedVectorType::get(c_.i32, lanes_))};
                })
      .v;
}

/// The factor that all lanes share, with 128 added to each byte where that is taken off again.
Value* Kernel::dot_row(const Point& p) {
  const loop::Access& a = access_of(dot_.row);
  return cached(Tag::Node, dot_.row, {}, fact(dot_.row).deps, p,
                [&] {
                  auto& b = c_.b;
                  const DType t = n_.node(dot_.row).dtype;
                  llvm::Type* element = c_.in_memory(t);
                  const llvm::Align align(static_cast<std::uint64_t>(bits_of(t)) / 8);
                  Value* at = address(a.operand, a.offset, a.digits, p);
                  Value* word;
                  if (dot_present() == dot_.width) {
                    word = b.CreateAlignedLoad(c_.i32, at, align);
                  } else {
                    word = b.getInt32(0);
                    for (unsigned k = 0; k < dot_present(); ++k) {
                      Value* one = b.CreateAlignedLoad(element, b.CreateGEP(element, at, c_.index(k)), align);
                      one = b.CreateShl(b.CreateZExt(one, c_.i32),
                                        static_cast<std::uint64_t>(k) * element->getIntegerBitWidth());
                      word = b.CreateOr(word, one);
                    }
                  }
                  Value* all = c_.splat(word, lanes_);
                  return Val{dot_.corrects ? b.CreateXor(all, c_.splat(b.getInt32(kSignBits), lanes_)) : all};
                })
      .v;
}

Value* Kernel::dot_product(Value* sum, Value* row, Value* lanes) {
  auto& b = c_.b;
  if (n_.accumulate == DType::F32) {
    auto* pairs = llvm::FixedVectorType::get(llvm::Type::getBFloatTy(b.getContext()), lanes_ * dot_.width);
    return b.CreateIntrinsic(llvm::Intrinsic::x86_avx512bf16_dpbf16ps_512, {},
                             {sum, b.CreateBitCast(row, pairs), b.CreateBitCast(lanes, pairs)});
  }
  // Unsigned bytes come first.
  if (n_.node(dot_.lanes).dtype == DType::U8) std::swap(row, lanes);
  return b.CreateIntrinsic(llvm::Intrinsic::x86_avx512_vpdpbusd_512, {}, {sum, row, lanes});
}

/// Where the sums that are taken off stand in a tile: behind those of its points, by the point's column.
std::size_t Kernel::correction_of(const Point& p) const {
  return acc_.size() + point_key(std::uint64_t{1} << lane_index_, p);
}

void Kernel::add_corrections(Tile& tile, const std::vector<Point>& all) const {
  if (!dot_.corrects) return;
  std::size_t count = 0;
  for (const Point& p : all) count = std::max(count, correction_of(p) + 1);
  tile.resize(count);
  auto* zero = llvm::Constant::getNullValue(llvm::FixedVectorType::get(c_.i32, lanes_));
  for (const Point& p : all) tile[correction_of(p)] = {zero, nullptr};
}

/// The sums through one trip of all loops of the tile.
Kernel::Tile Kernel::dot_sums(Tile tile) {
  std::set<std::size_t> corrected;
  for (const Point& p : points()) {
    Value *row = dot_row(p), *lanes = dot_lanes(p);
    tile[p.number].value = dot_product(tile[p.number].value, row, lanes);
    if (!dot_.corrects || !corrected.insert(correction_of(p)).second) continue;
    Value*& sum = tile[correction_of(p)].value;
    sum = dot_product(sum, c_.splat(c_.b.getInt32(kSignBits), lanes_), lanes);
  }
  return tile;
}

void Kernel::take_corrections(Tile& tile, const std::vector<Point>& all) {
  if (!dot_.corrects) return;
  for (const Point& p : all) {
    Value*& v = tile[p.number].value;
    v = c_.b.CreateSub(v, tile[correction_of(p)].value);
  }
  tile.resize(acc_.size());
}

}  // namespace tenon::codegen
