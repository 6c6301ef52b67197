#include "op/index/indexing.h"

namespace tenon {

void require_ids(std::string_view op, const Type& ids) {
  require(is_integer(ids.dtype), "{}: the positions are {}, expected an integer type; cast them first", op, ids);
}

Shape replaced_axis(std::string_view op, const Type& x, i64 axis, const Shape& by) {
  require(axis >= -x.rank() && axis < x.rank(), "{}: axis {} is out of range for {}", op, axis, x);
  const i64 a = normal_axis(axis, x.rank());
  Shape shape(x.shape.begin(), x.shape.begin() + a);
  for (i64 d : by) shape.push_back(d);
  for (auto d = x.shape.begin() + a + 1; d != x.shape.end(); ++d) shape.push_back(*d);
  element_count(shape);
  return shape;
}

std::vector<expr::At> AxisParts::with(const expr::At& position) const {
  std::vector<expr::At> at = expr::ats(before);
  at.push_back(position);
  for (const expr::Index& i : behind) at.emplace_back(i);
  return at;
}

AxisParts split_at_axis(const std::vector<expr::Index>& all, i64 axis, i64 ids_rank) {
  const auto first = all.begin() + axis, last = first + ids_rank;
  return {{all.begin(), first}, {first, last}, {last, all.end()}};
}

}  // namespace tenon
