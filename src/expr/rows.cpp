#include "expr/rows.h"

#include <algorithm>

#include "expr/pool.h"

namespace tenon::expr {

std::vector<Row> rows_of(const Expr& e) {
  std::vector<Row> rows;
  IndexId next = 0;
  for (const std::int32_t joined : e.domain.out) {
    IndexId varying = kNone;
    std::int32_t count = 0;
    for (std::int32_t k = 0; k < joined; ++k, ++next)
      if (varies(e.domain.extent[static_cast<std::size_t>(next)])) varying = next, ++count;
    if (count > 1) break;
    if (count == 1) rows.push_back({e.domain.extent[static_cast<std::size_t>(varying)], varying});
  }
  return rows;
}

std::int32_t own_rows(const Expr& e, std::size_t k, std::int32_t rows) {
  const std::vector<Row> all = rows_of(e);
  for (const Node& n : e.nodes) {
    if (n.kind != Kind::Load || static_cast<std::size_t>(n.operand) != k) continue;
    std::int32_t row = 0;
    bool own = true;
    for (std::size_t d = 0; d < n.at.size(); ++d) {
      if (n.at[d].at.den != 1) return 0;
      if (!own || row == rows || !varies(e.in[k].shape[d])) continue;
      own = n.at[d].data == kNone && n.at[d].at == Affine::of(all[static_cast<std::size_t>(row)].index);
      row += own;
    }
    rows = row;
  }
  return rows;
}

std::int32_t common_extents(std::span<const Row> a, std::span<const Row> b) {
  std::size_t same = 0;
  while (same < std::min(a.size(), b.size()) && a[same].extent == b[same].extent) ++same;
  return static_cast<std::int32_t>(same);
}

std::int32_t common_rows(std::span<const RowStage> stages) {
  if (stages.empty()) return 0;
  std::vector<Row> common = rows_of(*stages[0].e);
  for (const RowStage& stage : stages)
    common.resize(static_cast<std::size_t>(common_extents(common, rows_of(*stage.e))));
  auto rows = static_cast<std::int32_t>(common.size());
  for (const RowStage& stage : stages)
    for (std::size_t k = 0; k < stage.made.size(); ++k)
      if (stage.made[k]) rows = own_rows(*stage.e, k, rows);
  return rows;
}

}  // namespace tenon::expr
