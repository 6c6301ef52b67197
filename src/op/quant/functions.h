// Quantised numbers: integers with a scale and a zero point, for all of a tensor or for each position along an axis.
#pragma once
#include "op/handle.h"
#include "op/quant/dequantize_linear.h"
#include "op/quant/dynamic_quantize_linear.h"
#include "op/quant/fake_quantize.h"
#include "op/quant/quantize_linear.h"

namespace tenon {

template <Handle V>
V quantize_linear(const V& x, const V& scale, DType dtype, i64 axis = 1) {
  return detail::apply_to<V>(QuantizeLinear{axis, dtype}, {x, scale});
}
/// The result has the type of the zero point.
template <Handle V>
V quantize_linear(const V& x, const V& scale, const V& zero_point, i64 axis = 1) {
  return detail::apply_to<V>(QuantizeLinear{.axis = axis}, {x, scale, zero_point});
}
template <Handle V>
V dequantize_linear(const V& x, const V& scale, i64 axis = 1) {
  return detail::apply_to<V>(DequantizeLinear{axis}, {x, scale});
}
template <Handle V>
V dequantize_linear(const V& x, const V& scale, const V& zero_point, i64 axis = 1) {
  return detail::apply_to<V>(DequantizeLinear{axis}, {x, scale, zero_point});
}
/// Between the integers `low` and `high`; the gradient passes where x lies between them.
template <Handle V>
V fake_quantize(const V& x, const V& scale, const V& zero_point, i64 low = 0, i64 high = 255, i64 axis = 1) {
  return detail::apply_to<V>(FakeQuantize{axis, low, high}, {x, scale, zero_point});
}

template <Handle V>
struct Quantized {
  V values, scale, zero_point;
};
/// To u8, by the range of x.
template <Handle V>
Quantized<V> dynamic_quantize_linear(const V& x) {
  auto out = detail::outputs_of<V>(DynamicQuantizeLinear{}, {x});
  return {std::move(out[0]), std::move(out[1]), std::move(out[2])};
}

}  // namespace tenon
