#include "op/shape/reshape_to.h"

#include "op/shape/reshape.h"

namespace tenon {

Shape ReshapeTo::target(const Type& x, Shape extents) const {
  for (std::size_t d = 0; d < extents.size() && !zero_is_zero; ++d) {
    if (extents[d] != 0) continue;
    require(d < x.shape.size(), "reshape_to: extent {} is 0, but {} has no dimension {} to take it from", d, x, d);
    extents[d] = x.shape[d];
  }
  return Reshape{extents}.target(x);
}

Types ReshapeTo::infer(Operands in) const {
  require_operands(name, in, 2);
  const i64 rank = require_extents(name, "list of extents", in[1].type);
  const auto extents = extents_of(in[1]);
  return {Type{in[0].type.dtype, extents ? target(in[0].type, *extents) : unknown_extents(size, rank)}};
}

Values ReshapeTo::expand(Builder& b, std::span<const Value> in) const {
  return {b.apply1(make_op(Reshape{target(in[0].type(), known_extents(name, in[1]))}), {in[0]})};
}

}  // namespace tenon
