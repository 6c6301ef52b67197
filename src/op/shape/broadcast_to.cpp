#include "op/shape/broadcast_to.h"

#include <algorithm>

#include "op/shape/broadcast.h"

namespace tenon {

namespace {

Shape target(const Type& x, const Shape& extents) {
  try {
    return broadcast_shapes(x.shape, extents);
  } catch (const Error& e) {
    fail("broadcast_to: {}", e.what());
  }
}

}  // namespace

Types BroadcastTo::infer(Operands in) const {
  require_operands(name, in, 2);
  const i64 rank = require_extents(name, "list of extents", in[1].type);
  const auto extents = extents_of(in[1]);
  return {Type{in[0].type.dtype,
               extents ? target(in[0].type, *extents) : unknown_extents(size, std::max(rank, in[0].type.rank()))}};
}

Values BroadcastTo::expand(Builder& b, std::span<const Value> in) const {
  return {b.apply1(make_op(Broadcast{target(in[0].type(), known_extents(name, in[1]))}), {in[0]})};
}

}  // namespace tenon
