// Loads whose lanes lie apart, but whose neighbours are other points of the tile: runs along these are loaded and
// transposed in registers.
#include <bit>

#include "codegen/kernel_scope.h"

namespace tenon::codegen {

using llvm::Value;

/// The unrolled loop along which the access goes from element to element; nothing where rows of it do not pay.
std::optional<std::size_t> Kernel::transposing_loop(const loop::Access& a) const {
  if (!a.data.empty() || !a.digits.empty() || a.offset.den != 1 || lane_index_ == kNone) return {};
  for (std::size_t k = 0; k < unrolled_.size(); ++k) {
    const loop::Loop& l = unrolled_[k];
    const bool once = std::ranges::count(unrolled_, l.index, &loop::Loop::index) == 1;
    if (once && l.index != lane_index_ && l.step == 1 && l.trips >= 4 && a.offset.coef(l.index) == 1 &&
        std::bit_ceil(static_cast<std::uint64_t>(l.trips)) <= lanes_)
      return k;
  }
  return {};
}

/// Elements of x and y by turns, in parts of at most `most` elements each.
void Kernel::interleave(std::span<Value* const> x, std::span<Value* const> y, unsigned most, Values& into) {
  for (std::size_t k = 0; k < x.size(); ++k) {
    const unsigned n = Code::lanes_of(x[k]), width = std::min(2 * n, most);
    for (unsigned first = 0; first < 2 * n; first += width) {
      llvm::SmallVector<int, 64> picked;
      for (unsigned e = first; e < first + width; ++e) picked.push_back(static_cast<int>(e / 2 + (e % 2) * n));
      into.push_back(c_.b.CreateShuffleVector(x[k], y[k], picked));
    }
  }
}

/// What the access reads at each trip of unrolled loop `along`, for the other counters of `p`.
Values Kernel::transposed(std::int32_t operand, const Affine& offset, std::size_t along, Point p) {
  const loop::Loop& l = unrolled_[along];
  Dim& base = p.base[static_cast<std::size_t>(l.index)];
  base -= std::exchange(p.counter[along], 0);
  const auto trips = static_cast<unsigned>(std::bit_ceil(static_cast<std::uint64_t>(l.trips)));
  const auto present = static_cast<unsigned>(std::min<Dim>(l.trips, span(l.index).most - base));
  const DType t = buffer_type(operand);
  llvm::Type *element = c_.in_memory(t), *run = llvm::FixedVectorType::get(element, trips);
  const llvm::Align align(static_cast<std::uint64_t>(bits_of(t)) / 8);
  llvm::SmallVector<llvm::Constant*, 64> on;
  for (unsigned k = 0; k < trips; ++k) on.push_back(c_.b.getInt1(k < present));

  Value* first = address(operand, offset, {}, p);
  const Dim step = offset.coef(lane_index_);
  std::vector<Values> rows;
  for (unsigned lane = 0; lane < lanes_; ++lane) {
    if (lane >= p.active) {
      rows.push_back({llvm::PoisonValue::get(run)});
      continue;
    }
    Value* at = lane == 0 ? first : c_.b.CreateGEP(element, first, c_.index(step * lane));
    if (present == trips)
      rows.push_back({c_.b.CreateAlignedLoad(run, at, align)});
    else
      rows.push_back(
          {c_.b.CreateMaskedLoad(run, at, align, llvm::ConstantVector::get(on), llvm::PoisonValue::get(run))});
  }
  while (rows.size() > 1) {
    std::vector<Values> paired(rows.size() / 2);
    for (std::size_t r = 0; r < paired.size(); ++r) interleave(rows[r], rows[r + paired.size()], lanes_, paired[r]);
    rows = std::move(paired);
  }
  return rows[0];
}

Value* Kernel::load_transposed(DType t, std::int32_t access, std::size_t along, const Point& p) {
  const loop::Access& a = n_.accesses[static_cast<std::size_t>(access)];
  Point first = p;
  first.counter[along] = 0;
  auto& known = scopes_[level_].transposed;
  const std::pair key{access, point_key(loop::indices_of(a.offset), first)};
  auto it = known.find(key);
  if (it == known.end()) it = known.emplace(key, transposed(a.operand, a.offset, along, p)).first;
  return c_.loaded(it->second[static_cast<std::size_t>(p.counter[along])], t);
}

/// The part `k` of the elements between the first lane and the last, of which only lanes are read where `mask` is
/// given.
Value* Kernel::load_part(DType t, Value* at, Dim step, Dim k, Value* mask, const Point& p) {
  llvm::Type *element = c_.in_memory(t), *type = llvm::FixedVectorType::get(element, lanes_);
  const llvm::Align align(static_cast<std::uint64_t>(bits_of(t)) / 8);
  const Dim last = (static_cast<Dim>(p.active) - 1) * step, lanes = lanes_;
  Value* from = k == 0 ? at : c_.b.CreateGEP(element, at, c_.index(k * lanes));
  llvm::Constant* zeros = llvm::Constant::getNullValue(type);
  if (mask) {
    llvm::SmallVector<int, 64> lane;  // the second operand of the shuffle is false
    for (Dim e = k * lanes; e < (k + 1) * lanes; ++e)
      lane.push_back(static_cast<int>(e % step == 0 ? e / step : lanes));
    Value* on = c_.b.CreateShuffleVector(mask, llvm::Constant::getNullValue(mask->getType()), lane);
    return c_.b.CreateMaskedLoad(type, from, align, on, zeros);
  }
  if ((k + 1) * lanes <= last + 1) return c_.b.CreateAlignedLoad(type, from, align);
  llvm::SmallVector<llvm::Constant*, 64> on;
  for (Dim e = k * lanes; e < (k + 1) * lanes; ++e) on.push_back(c_.b.getInt1(e <= last));
  return c_.b.CreateMaskedLoad(type, from, align, llvm::ConstantVector::get(on), zeros);
}

/// Lanes that lie a few elements apart, of the vectors that cover them.
Value* Kernel::load_strided(DType t, Value* at, Dim step, Value* condition, const Point& p) {
  const Dim last = (static_cast<Dim>(p.active) - 1) * step, lanes = lanes_;
  Value* mask = condition ? lane_condition(condition, p) : nullptr;
  Value* picked = nullptr;
  for (Dim k = 0; k * lanes <= last; ++k) {
    Value* part = load_part(t, at, step, k, mask, p);
    llvm::SmallVector<int, 64> lane;
    for (Dim j = 0; j < lanes; ++j) {
      const Dim e = j * step - k * lanes;
      lane.push_back(static_cast<int>(e < 0 ? j : e < lanes ? e + lanes : j));
    }
    if (!picked) {
      for (int& e : lane) e = e >= static_cast<int>(lanes) ? e - static_cast<int>(lanes) : e;
      picked = c_.b.CreateShuffleVector(part, lane);
    } else {
      picked = c_.b.CreateShuffleVector(picked, part, lane);
    }
  }
  return c_.loaded(picked, t);
}

}  // namespace tenon::codegen
