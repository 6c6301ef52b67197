#include "op/index/indexing.h"

#include "op/formula.h"

namespace tenon {

void require_ids(std::string_view op, const Type& ids) {
  require(is_integer(ids.dtype), "{}: the positions are {}, expected an integer type; cast them first", op, ids);
  require(is_position(ids.dtype), "{}: the positions are {}, which i64 may not hold; cast them first", op, ids);
}

Shape replaced_axis(std::string_view op, const Type& x, i64 axis, const Shape& by) {
  require(axis >= -x.rank() && axis < x.rank(), "{}: axis {} is out of range for {}", op, axis, x);
  const i64 a = normal_axis(axis, x.rank());
  Shape shape =
      with_extents_from(with_extents_from(Shape(x.shape.begin(), x.shape.begin() + a), by, 0), x.shape, a + 1);
  check_shape(shape);
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

Shape with_extents_from(Shape front, const Shape& shape, i64 first) {
  for (auto extent = shape.begin() + first; extent != shape.end(); ++extent) front.push_back(*extent);
  return front;
}

i64 index_depth(std::string_view op, const Type& ids) {
  require(ids.rank() >= 1, "{}: the positions are {}, expected a last dimension with one for each named dimension", op,
          ids);
  return ids.shape.back();
}

Built linear_positions(const Built& ids, const Shape& extents, i64 batch_dims) {
  const expr::Input input(0, ids.type());
  const Shape rows(ids.shape().begin(), ids.shape().end() - 1);
  const auto out = expr::indices(rows);
  const expr::Scalar zero = expr::value(expr::Affine(0));
  expr::Scalar row = zero, inside = expr::Scalar(1).typed(DType::Bool);
  for (std::size_t d = 0; d < extents.size(); ++d) {
    const i64 k = static_cast<i64>(d) - batch_dims;
    expr::Scalar here = zero;
    if (k < 0) {
      here = expr::value(out[d]);
    } else {
      auto at = expr::ats(out);
      at.emplace_back(k);
      here = expr::cast(DType::I64, input(at));
      inside = inside && here >= 0 && here < expr::value(expr::Affine(extents[d]));
    }
    row = row * expr::value(expr::Affine(extents[d])) + here;
  }
  expr::Expr e = expr::compute({ids.type()}, expr::dims(out), expr::where(inside, row, -1));
  return detail::apply_to<Built>(Formula{std::move(e), "linear positions"}, {ids});
}

expr::Expr from_end(const Type& ids, const Shape& extents) {
  require_ids("from_end", ids);
  const std::size_t last = ids.shape.empty() ? 0 : ids.shape.size() - 1;
  require(extents.size() == 1 || (!ids.shape.empty() && static_cast<i64>(extents.size()) == ids.shape[last]),
          "from_end: ids is {}, but there are {} extents; expected one, or one for each position in the last dimension",
          ids, extents.size());
  const auto out = expr::indices(ids.shape);
  expr::Scalar extent = expr::value(expr::Affine(extents.back()));
  for (std::size_t k = extents.size() - 1; k-- > 0;)
    extent = expr::where(out[last] <= expr::Affine(static_cast<i64>(k)), expr::value(expr::Affine(extents[k])), extent);
  const expr::Scalar id = expr::cast(DType::I64, expr::Input(0, ids)(expr::ats(out)));
  return expr::compute({ids}, expr::dims(out), expr::where(id < 0, id + extent, id));
}

}  // namespace tenon
