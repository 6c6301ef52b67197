#include "op/quant/quantize_linear.h"

namespace tenon {

Types QuantizeLinear::infer(Operands in) const {
  require(in.size() == 2 || in.size() == 3,
          "quantize_linear: {} operands given; expected x, scale and, optionally, zero point", in.size());
  const Type& x = in[0].type;
  require_float(name, x);
  require_same_dtype(name, in.first(2));
  const DType to = in.size() == 3 ? in[2].type.dtype : dtype;
  require_quantized(name, to);
  require_per_tensor_or_axis(name, "scale", in[1].type, x, axis);
  if (in.size() == 3) require_per_tensor_or_axis(name, "zero point", in[2].type, x, axis);
  return {Type{to, x.shape}};
}

expr::Expr QuantizeLinear::define(std::span<const Type> in) const {
  const auto i = expr::indices(in[0].shape);
  const auto at = expr::ats(i);
  const DType to = in.size() == 3 ? in[2].dtype : dtype;
  const DType wide = accumulate_type(in[0].dtype), sum = to == DType::I32 ? DType::F64 : wide;  // holds all of `to`
  const auto operand = [&](std::int32_t k) {
    const Type& t = in[static_cast<std::size_t>(k)];
    return expr::Input(k, t)(k == 0 ? at : quantization_at(t, at, axis));
  };
  const expr::Scalar steps = expr::cast(wide, operand(0)) / expr::cast(wide, operand(1));
  expr::Scalar q = expr::cast(sum, is_float8(to) ? steps : expr::round(steps));
  if (in.size() == 3) q = q + expr::cast(sum, operand(2));
  if (is_float8(to)) q = expr::min(expr::max(q, lowest_of(to)), highest_of(to));
  return expr::compute({in.begin(), in.end()}, expr::dims(i), expr::cast(to, q));
}

std::vector<Case<QuantizeLinear>> QuantizeLinear::samples() {
  std::vector<Case<QuantizeLinear>> list;
  const auto x = [](DType t, Shape shape) { return SampleInput{{t, std::move(shape)}, -20, 20}; };
  for (DType to : {DType::U8, DType::I8, DType::I16, DType::U16, DType::I32, DType::I4, DType::U4})
    list.push_back({{}, quantization_sample(x(DType::F32, {3, 5}), DType::F32, to, {})});
  for (DType to : {DType::F8E4M3FN, DType::F8E4M3FNUZ, DType::F8E5M2, DType::F8E5M2FNUZ}) {
    // Central differences see the steps.
    auto in = quantization_sample(x(DType::F32, {3, 5}), DType::F32, to, {});
    for (SampleInput& input : in) input.differentiable = false;
    list.push_back({{}, std::move(in)});
  }
  list.push_back({{.axis = 0}, quantization_sample(x(DType::F32, {3, 5}), DType::F32, DType::U8, {3})});
  list.push_back({{.axis = -2}, quantization_sample(x(DType::F64, {2, 3, 4}), DType::F64, DType::I8, {3})});
  list.push_back({{.dtype = DType::I8}, {x(DType::F32, {7}), {{DType::F32, {1}}, 0.05, 0.2}}});
  list.push_back({{}, {x(DType::F32, {}), {{DType::F32, {}}, 0.05, 0.2}}});
  list.push_back({{}, quantization_sample(x(DType::F32, {0, 3}), DType::F32, DType::U8, {3})});
  for (DType t : {DType::F16, DType::BF16}) list.push_back({{}, quantization_sample(x(t, {2, 3}), t, DType::U8, {3})});
  return list;
}

}  // namespace tenon
