#include "op/conv/global_pool.h"

#include "op/reduce/reduction.h"

namespace tenon {

Ints spatial_axes(std::string_view op, const Type& x, const std::string& layout) {
  require(x.rank() >= 3, "{}: x is {}; expected batch, channels and spatial dimensions", op, x);
  const i64 first = is_channels_last(op, layout) ? 1 : 2;
  Ints axes;
  for (i64 d = 0; d < x.rank() - 2; ++d) axes.push_back(first + d);
  return axes;
}

Shape globally_pooled(std::string_view op, const Type& x, const std::string& layout) {
  const Ints axes = spatial_axes(op, x, layout);
  require_elements(op, x, axes);
  return reduced_shape(x.shape, axes, true);
}

}  // namespace tenon
