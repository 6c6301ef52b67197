#include "op/quant/dequantize_linear.h"

namespace tenon {

Types DequantizeLinear::infer(Operands in) const {
  require(in.size() == 2 || in.size() == 3,
          "dequantize_linear: {} operands given; expected x, scale and, optionally, zero point", in.size());
  const Type &x = in[0].type, &scale = in[1].type;
  require_quantized(name, x.dtype);
  require_float(name, scale);
  require_per_tensor_or_axis(name, "scale", scale, x, axis);
  if (in.size() == 3) {
    require_per_tensor_or_axis(name, "zero point", in[2].type, x, axis);
    require(in[2].type.dtype == x.dtype, "dequantize_linear: the zero point is {}, expected {} as x", in[2].type,
            x.dtype);
  }
  return {Type{scale.dtype, x.shape}};
}

expr::Expr DequantizeLinear::define(std::span<const Type> in) const {
  const auto i = expr::indices(in[0].shape);
  const auto at = expr::ats(i);
  const DType result = in[1].dtype, wide = accumulate_type(result);
  const DType difference = is_float8(in[0].dtype) ? DType::F32 : in[0].dtype == DType::I32 ? DType::I64 : DType::I32;
  expr::Scalar x = expr::cast(difference, expr::Input(0, in[0])(at));
  if (in.size() == 3) x = x - expr::cast(difference, expr::Input(2, in[2])(quantization_at(in[2], at, axis)));
  const expr::Scalar scale = expr::cast(wide, expr::Input(1, in[1])(quantization_at(in[1], at, axis)));
  return expr::compute({in.begin(), in.end()}, expr::dims(i), expr::cast(result, expr::cast(wide, x) * scale));
}

std::vector<Case<DequantizeLinear>> DequantizeLinear::samples() {
  std::vector<Case<DequantizeLinear>> list;
  const auto x = [](DType t, Shape shape) {
    return SampleInput{{t, std::move(shape)}, is_signed(t) ? -120.0 : 0.0, 120, false};
  };
  for (DType t : {DType::U8, DType::I8, DType::I16, DType::U16, DType::I32, DType::I4, DType::U4, DType::F8E4M3FN,
                  DType::F8E4M3FNUZ, DType::F8E5M2, DType::F8E5M2FNUZ})
    list.push_back({{}, quantization_sample(x(t, {3, 5}), DType::F32, t, {})});
  list.push_back({{.axis = 0}, quantization_sample(x(DType::U8, {3, 5}), DType::F32, DType::U8, {3})});
  list.push_back({{.axis = -2}, quantization_sample(x(DType::I8, {2, 3, 4}), DType::F64, DType::I8, {3})});
  list.push_back({{}, {x(DType::I8, {7}), {{DType::F32, {1}}, 0.05, 0.2}}});
  list.push_back({{}, {x(DType::I32, {}), {{DType::F32, {}}, 0.05, 0.2}}});
  list.push_back({{}, quantization_sample(x(DType::U8, {0, 3}), DType::F32, DType::U8, {3})});
  for (DType t : {DType::F16, DType::BF16})
    list.push_back({{}, quantization_sample(x(DType::I8, {2, 3}), t, DType::I8, {3})});
  return list;
}

}  // namespace tenon
