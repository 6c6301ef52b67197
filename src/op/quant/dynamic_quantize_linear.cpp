#include "op/quant/dynamic_quantize_linear.h"

#include "op/math/functions.h"
#include "op/quant/functions.h"
#include "op/reduce/functions.h"
#include "op/shape/functions.h"

namespace tenon {

Types DynamicQuantizeLinear::infer(Operands in) const {
  require_operands(name, in, 1);
  const Type& x = in[0].type;
  require(x.dtype == DType::F32, "dynamic_quantize_linear: takes f32, given {}; cast it first", x);
  return {Type{DType::U8, x.shape}, Type{DType::F32, {}}, Type{DType::U8, {}}};
}

Values DynamicQuantizeLinear::expand(Builder& b, std::span<const Value> in) const {
  const Built x{&b, in[0]}, zero = lift(0, x);
  const bool empty = element_count(in[0].shape()) == 0;
  const Built low = empty ? zero : minimum(min(x), 0), high = empty ? zero : maximum(max(x), 0);
  const Built range = (high - low) / 255, scale = where(equal(range, 0), 1, range);
  const Built zero_point = cast(clip(round(-low / scale), 0, 255), DType::U8);
  return {quantize_linear(x, scale, zero_point).value, scale.value, zero_point.value};
}

}  // namespace tenon
