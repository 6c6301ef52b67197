#include "expr/rows.h"

#include <algorithm>

#include "expr/pool.h"

namespace tenon::expr {

Shape row_extents(const Expr& e) {
  Shape rows;
  const Shape shape = e.type().shape;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    const std::int32_t joined = e.domain.out[d];
    if (joined == 0) continue;
    if (joined > 1 || !varies(shape[d])) break;
    rows.push_back(shape[d]);
  }
  return rows;
}

std::int32_t own_rows(const Expr& e, std::size_t k, std::int32_t rows) {
  for (const Node& n : e.nodes) {
    if (n.kind != Kind::Load || static_cast<std::size_t>(n.operand) != k) continue;
    std::int32_t row = 0;
    bool own = true;
    for (std::size_t d = 0; d < n.at.size(); ++d) {
      if (n.at[d].at.den != 1) return 0;
      if (!own || row == rows || !varies(e.in[k].shape[d])) continue;
      own = n.at[d].data == kNone && n.at[d].at == Affine::of(row);
      row += own;
    }
    rows = row;
  }
  return rows;
}

std::int32_t common_rows(std::span<const RowStage> stages) {
  if (stages.empty()) return 0;
  Shape common = row_extents(*stages[0].e);
  for (const RowStage& stage : stages) {
    const Shape rows = row_extents(*stage.e);
    std::size_t same = 0;
    while (same < std::min(common.size(), rows.size()) && rows[same] == common[same]) ++same;
    common.resize(same);
  }
  auto rows = static_cast<std::int32_t>(common.size());
  for (const RowStage& stage : stages)
    for (std::size_t k = 0; k < stage.made.size(); ++k)
      if (stage.made[k]) rows = own_rows(*stage.e, k, rows);
  return rows;
}

}  // namespace tenon::expr
