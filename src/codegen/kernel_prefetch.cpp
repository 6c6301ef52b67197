// What the next trip of a loop reads, fetched while this one runs: each tile asks for its share of the lines.
#include <bit>
#include <set>

#include "codegen/kernel_scope.h"

namespace tenon::codegen {

using llvm::Value;

namespace {

constexpr Dim kMostLines = 32;  ///< that one tile fetches

}  // namespace

void Kernel::fetch_rows(const loop::Prefetch& p) {
  auto& b = c_.b;
  const auto at = std::ranges::find(outer_, p.loop, &loop::Loop::name);
  const auto k = static_cast<std::size_t>(at - outer_.begin());
  Value* number = c_.index(0);
  Dim tiles = 1;
  for (std::size_t level = outer_.size(); level-- > k + 1; tiles *= outer_[level].trips)
    number = b.CreateAdd(number, b.CreateMul(scopes_[level + 1].counter, c_.index(tiles)));
  const Dim wanted = std::clamp<Dim>((p.rows * p.lines + tiles - 1) / tiles, 1, kMostLines);
  const auto share = static_cast<Dim>(std::bit_ceil(static_cast<std::uint64_t>(wanted)));
  // A share is a part of a row, or some rows.
  const Dim shares_per_row = std::max<Dim>(p.lines / share, 1), rows = std::max<Dim>(share / p.lines, 1);
  Value* row = b.CreateLShr(number, std::bit_width(static_cast<std::uint64_t>(shares_per_row)) - 1);
  if (rows > 1) row = b.CreateMul(row, c_.index(rows));
  Value* part = b.CreateAnd(number, c_.index(shares_per_row - 1));

  const Affine& offset = n_.accesses[static_cast<std::size_t>(p.access)].offset;
  const std::int32_t buffer = n_.accesses[static_cast<std::size_t>(p.access)].operand;
  Value* next = c_.index(at->step);
  if (k > 0) {
    // The last trip of the loop is followed by the first one of the next trip around.
    const Dim around = offset.coef(outer_[k - 1].index).value() * outer_[k - 1].step - at->step * (at->trips - 1);
    next = b.CreateSelect(b.CreateICmpEQ(scopes_[k + 1].counter, c_.index(at->trips - 1)), c_.index(around), next);
  }
  llvm::Type* element = c_.in_memory(buffer_type(buffer));
  Value* from = b.CreateAdd(next, c_.index(offset.offset.value()));
  from = b.CreateAdd(from, b.CreateMul(row, c_.index(p.pitch)));
  from = b.CreateAdd(from, b.CreateMul(part, c_.index(p.lines / shares_per_row * p.line)));
  Value* first = b.CreateGEP(element, chain(buffer, intern(offset), k + 1), from);
  for (Dim r = 0; r < rows; ++r)
    for (Dim line = 0; line < p.lines / shares_per_row; ++line)
      b.CreateIntrinsic(llvm::Intrinsic::prefetch, {c_.pointer},
                        {b.CreateGEP(element, first, c_.index(r * p.pitch + line * p.line)), b.getInt32(0),
                         b.getInt32(3), b.getInt32(1)});
}

/// Each cache line once.
void Kernel::fetch_places() {
  constexpr Dim kLineBytes = 64;
  for (const loop::Ahead& ahead : n_.ahead) {
    const loop::Access& a = n_.accesses[static_cast<std::size_t>(ahead.access)];
    const Affine there = a.offset + Affine(ahead.elements);
    const int form = intern(there, a.digits);
    std::set<Dim> lines;
    for (const Point& p : points())
      if (lines.insert(bytes_of(buffer_type(a.operand), there.offset + constant_part(form, p)) / kLineBytes).second)
        c_.b.CreateIntrinsic(
            llvm::Intrinsic::prefetch, {c_.pointer},
            {address(a.operand, there, a.digits, p), c_.b.getInt32(0), c_.b.getInt32(3), c_.b.getInt32(1)});
  }
}

}  // namespace tenon::codegen
