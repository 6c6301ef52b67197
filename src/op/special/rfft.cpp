#include "op/special/rfft.h"

#include "op/shape/functions.h"

namespace tenon {

Types Rfft::infer(Operands in) const {
  require_operands(name, in, 1);
  Type y = in[0].type;
  require_float(name, y);
  require_axis(name, y, axis);
  const auto a = static_cast<std::size_t>(normal_axis(axis, y.rank()));
  require(!certainly_less(y.shape[a], 1), "rfft: axis {} of {} is empty; expected at least one element", axis, y);
  y.shape[a] = floor_div(y.shape[a], 2) + 1;
  y.shape.push_back(2);
  check_shape(y.shape);
  return {y};
}

Values Rfft::expand(Builder& b, std::span<const Value> in) const {
  const Built x{&b, in[0]};
  const Dft transform{normal_axis(axis, x.rank()), false, true};
  return {detail::apply_to<Built>(transform, {expand_dims(x, {-1})}).value};
}

}  // namespace tenon
