#include "op/shape/fill.h"

#include "op/shape/broadcast.h"

namespace tenon {

Types Fill::infer(Operands in) const {
  require_operands(name, in, 2);
  const i64 rank = require_extents(name, "list of extents", in[0].type);
  require(in[1].type.shape.empty(), "fill: the value is {}, expected a scalar", in[1].type);
  const Shape shape = extents_of(in[0]).value_or(unknown_extents(size, rank));
  check_shape(shape);
  return {Type{in[1].type.dtype, shape}};
}

Values Fill::expand(Builder& b, std::span<const Value> in) const {
  return {b.apply1(make_op(Broadcast{known_extents(name, in[0])}), {in[1]})};
}

}  // namespace tenon
