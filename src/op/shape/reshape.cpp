#include "op/shape/reshape.h"

namespace tenon {

Shape Reshape::target(const Type& from) const {
  const Dim count = symbolic_count(from.shape);
  Shape known = shape, result = shape;
  std::size_t open = shape.size();
  for (std::size_t d = 0; d < shape.size(); ++d) {
    require(!shape[d].is_constant() || shape[d] >= -1, "reshape: extent {} of the shape {} is below -1", d, shape);
    if (shape[d] != -1) continue;
    require(open == shape.size(), "reshape: the shape {} has more than one -1", shape);
    open = d;
    known[d] = 1;
  }
  check_shape(known);
  const Dim rest = symbolic_count(known);
  if (open < shape.size()) {
    const auto quotient = exact_quotient(count, rest);
    if (!quotient) fail("reshape: {} has {} elements, which the shape {} does not divide", from, count, shape);
    result[open] = *quotient;
  } else {
    require(rest == count, "reshape: {} has {} elements, the shape {} has {}", from, count, shape, rest);
  }
  return result;
}

}  // namespace tenon
