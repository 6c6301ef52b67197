#include "op/conv/convolution.h"

#include "op/math/elementwise.h"

namespace tenon {

void require_convolution(std::string_view op, Operands in, i64 groups, const std::string& layout) {
  require(in.size() == 2 || in.size() == 3, "{}: expected x, w and perhaps a bias, {} operands given", op, in.size());
  require_accepted(op, Accepts::Numbers, require_same_dtype(op, in));
  const Type &x = in[0].type, &w = in[1].type;
  require(x.rank() >= 3 && x.rank() <= 5,
          "{}: x is {}; expected batch, channels and 1 to 3 spatial dimensions; add a batch with expand_dims", op, x);
  require(w.rank() == x.rank(), "{}: x is {} and w {}; expected the same rank", op, x, w);
  const Dim channels = x.shape[conv_axes(op, layout, x.shape.size()).channel];
  require(groups == 1 || (groups > 1 && groups <= channels && channels % groups == 0),
          "{}: x is {} with {} channels, which {} groups do not divide", op, x, channels, groups);
}

void require_bias(std::string_view op, Operands in, Dim channels) {
  if (in.size() < 3) return;
  const Type expected{in[0].type.dtype, {channels}};
  require(in[2].type == expected, "{}: the bias is {}, expected {}: one for each channel of the result", op, in[2].type,
          expected);
}

std::vector<SampleInput> convolution_inputs(DType t, const Shape& x, const Shape& w, Dim bias) {
  std::vector<SampleInput> in{sample_input({t, x}, {}), sample_input({t, w}, {})};
  if (bias > 0) in.push_back(sample_input({t, {bias}}, {}));
  return in;
}

}  // namespace tenon
