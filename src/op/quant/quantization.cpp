#include "op/quant/quantization.h"

namespace tenon {

namespace {
bool is_single(const Type& t) { return t.rank() == 0 || t.shape == Shape{1}; }
}  // namespace

void require_quantized(std::string_view op, DType t) {
  const bool known = is_float8(t) || (is_integer(t) && bits_of(t) <= (is_signed(t) ? 32 : 16));
  require(known, "{}: quantises to i4, u4, i8, u8, i16, u16, i32 or floats of 8 bits, given {}", op, t);
}

void require_per_tensor_or_axis(std::string_view op, std::string_view what, const Type& t, const Type& x, i64 axis) {
  if (is_single(t)) return;
  const Dim positions = x.shape[static_cast<std::size_t>(require_axis(op, x, axis))];
  require(t.shape == Shape{positions}, "{}: the {} is {}, expected one element or [{}] for axis {} of {}", op, what, t,
          positions, axis, x);
}

std::vector<expr::At> quantization_at(const Type& t, const std::vector<expr::At>& at, i64 axis) {
  if (is_single(t)) return std::vector<expr::At>(t.shape.size(), expr::At(0));
  return {at[static_cast<std::size_t>(normal_axis(axis, static_cast<i64>(at.size())))]};
}

std::vector<SampleInput> quantization_sample(const SampleInput& x, DType scale, DType zero_point, const Shape& shape) {
  const double low = zero_point == DType::U4 ? 3 : is_signed(zero_point) ? -5 : 100;
  const double high = is_float8(zero_point) ? low + 1e-3 : low + 10;
  return {x, {{scale, shape}, 0.05, 0.2}, {{zero_point, shape}, low, high, false}};
}

}  // namespace tenon
