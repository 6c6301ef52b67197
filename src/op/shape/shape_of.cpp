#include "op/shape/shape_of.h"

#include <algorithm>

#include "op/shape/constant.h"

namespace tenon {

Shape ShapeOf::part(const Type& x) const {
  require(stop.size() <= 1, "shape_of: one stop or none, given {}", stop);
  auto clamped = [&](i64 d) { return std::clamp(d < 0 ? d + x.rank() : d, i64(0), x.rank()); };
  const i64 from = clamped(start), to = stop.empty() ? x.rank() : clamped(stop[0]);
  Shape shape;
  for (i64 d = from; d < to; ++d) shape.push_back(x.shape[static_cast<std::size_t>(d)]);
  return shape;
}

Values ShapeOf::expand(Builder& b, std::span<const Value> in) const {
  const Shape shape = part(in[0].type());
  Array extents(DType::I64, {static_cast<i64>(shape.size())});
  for (std::size_t k = 0; k < shape.size(); ++k) extents.set(static_cast<i64>(k), Number::of_int(shape[k]));
  return {b.apply1(make_op(Constant{extents}), {})};
}

}  // namespace tenon
