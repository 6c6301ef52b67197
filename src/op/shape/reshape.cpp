#include "op/shape/reshape.h"

namespace tenon {

Shape Reshape::target(const Type& from) const {
  const i64 count = element_count(from.shape);
  Shape known = shape, result = shape;
  std::size_t unknown = shape.size();
  for (std::size_t d = 0; d < shape.size(); ++d) {
    require(shape[d] >= -1, "reshape: extent {} of the shape {} is below -1", d, shape);
    if (shape[d] != -1) continue;
    require(unknown == shape.size(), "reshape: the shape {} has more than one -1", shape);
    unknown = d;
    known[d] = 1;
  }
  const i64 rest = element_count(known);
  if (unknown < shape.size()) {
    require(rest > 0 && count % rest == 0, "reshape: {} has {} elements, which the shape {} does not divide", from,
            count, shape);
    result[unknown] = count / rest;
  } else {
    require(rest == count, "reshape: {} has {} elements, the shape {} has {}", from, count, shape, rest);
  }
  return result;
}

}  // namespace tenon
