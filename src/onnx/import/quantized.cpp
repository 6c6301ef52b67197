// Quantised numbers.
#include "onnx/import/quantized.h"

#include "onnx/converters.h"
#include "onnx/import/known.h"
#include "onnx/tensors.h"
#include "op/functions.h"

namespace tenon::onnx {

Value single(const Value& x, const std::string& what) {
  for (const Dim extent : x.shape()) require(extent == Dim(1), "{} is {}, and must have one element", what, x.type());
  return x.rank() == 0 ? x : reshape(x, {});
}

Value along_axis(const Value& elements, const Value& x, i64 axis, const std::string& what) {
  if (elements.rank() == 0 || elements.shape() == Shape{1}) return single(elements, what);
  const auto a = static_cast<std::size_t>(normal_axis(axis, x.rank()));
  require(elements.shape() == Shape{x.shape()[a]}, "the {} is {}, and must have one element, or [{}] for axis {} of {}",
          what, elements.type(), x.shape()[a], axis, x.type());
  Shape shape(x.shape().size(), 1);
  shape[a] = elements.shape()[0];
  return reshape(elements, shape);
}

Value centered(const Value& x, const Value& zero_point) {
  require(is_integer(x.dtype()) && bits_of(x.dtype()) <= 16, "{} is no type that is quantised to here", x.dtype());
  return cast(x, DType::I32) - cast(zero_point, DType::I32);
}

Value saturated_cast(const Value& x, DType to) {
  if (!is_float8(to) || x.dtype() == to) return cast(x, to);
  // Of narrower floats f16 and bf16 hold the ends of all; integers that f32 rounds lie far outside.
  const Value wide = is_float(x.dtype()) && !is_float8(x.dtype()) ? x : cast(x, DType::F32);
  return cast(clip(wide, lowest_of(to), highest_of(to)), to);
}

Value requantized(const Value& sum, const Value& scale, const Value& zero_point) {
  const Value wide = cast(scale, accumulate_type(scale.dtype()));
  const Value steps = round(cast(sum, wide.dtype()) * wide);
  return cast(steps + cast(zero_point, wide.dtype()), zero_point.dtype());
}

namespace {

using Results = std::vector<Value>;

void require_quantized_to(DType t, std::string_view what) {
  require(is_float8(t) || (is_integer(t) && bits_of(t) <= (is_signed(t) ? 32 : 16)),
          "{} is {}; quantised to are integers of 4, 8 and 16 bits, i32 and floats of 8 bits", what, t);
}

/// The type that an attribute names; `otherwise` where it is left out or 0.
DType type_named(const NodeView& n, const std::string& attribute, i64 since, DType otherwise) {
  const i64 named = n.opset() >= since ? n.integer(attribute, 0) : 0;
  return named == 0 ? otherwise : dtype_of_onnx(static_cast<std::int32_t>(named));
}
DType float_named(const NodeView& n, const std::string& attribute, i64 since, DType otherwise) {
  const DType t = type_named(n, attribute, since, otherwise);
  require(is_float(t) && !is_float8(t), "attribute {} is {}, and must be f64, f32, f16 or bf16", attribute, t);
  return t;
}

/// Elements of blocks along an axis, repeated so that each element of x has its own.
Value of_blocks(const Value& elements, const Value& x, i64 axis, i64 block, std::string_view what) {
  const auto a = static_cast<std::size_t>(axis);
  Shape expected = x.shape();
  expected[a] = ceil_div(expected[a], block);
  require(elements.shape() == expected, "the {} is {}, and must be {} for blocks of {} along axis {} of {}", what,
          elements.type(), Type{elements.dtype(), expected}, block, axis, x.type());
  const Value repeated = repeat_interleave(elements, block, axis);
  if (repeated.shape()[a] == x.shape()[a]) return repeated;
  Shape start(x.shape().size(), 0);
  return slice(repeated, start, x.shape());
}

/// Scale and zero point beside x: one for all, one for each position of an axis, or one for each block of an axis.
struct Steps {
  Value scale, zero_point;  ///< the latter undefined where it is left out
};
Steps steps_of(const NodeView& n) {
  const Value x = n.in(0);
  const i64 block = n.opset() >= 21 ? n.integer("block_size", 0) : 0, axis = n.opset() >= 13 ? n.integer("axis", 1) : 1;
  require(block >= 0, "attribute block_size is {}, and must be at least 0", block);
  const auto placed = [&](const Value& v, const std::string& what) {
    if (block > 0) {
      require(axis >= -x.rank() && axis < x.rank(), "attribute axis is {}, and must be an axis of {}", axis, x.type());
      return of_blocks(v, x, normal_axis(axis, x.rank()), block, what);
    }
    require(v.rank() <= 1, "the {} is {}, and must have one element, or one for each position of an axis", what,
            v.type());
    if (v.rank() == 0 || v.shape() == Shape{1}) return single(v, what);
    require(axis >= -x.rank() && axis < x.rank(), "attribute axis is {}, and must be an axis of {}", axis, x.type());
    return along_axis(v, x, axis, what);
  };
  Steps s{placed(n.in(1), "scale"), {}};
  if (n.has(2)) s.zero_point = placed(n.in(2), "zero point");
  return s;
}

Results quantize(const NodeView& n) {
  const Value given = n.in(0);
  const Steps s = steps_of(n);
  DType t = s.zero_point.defined() ? s.zero_point.dtype() : DType::U8;
  const DType named = type_named(n, "output_dtype", 21, t);
  require(!s.zero_point.defined() || named == t, "attribute output_dtype is {}, but the zero point is {}", named, t);
  t = named;
  require_quantized_to(t, "the result");
  require(is_float(given.dtype()) || given.dtype() == DType::I32, "input 0 is {}, and must be floats or i32",
          given.type());
  const DType precision = float_named(n, "precision", 23, accumulate_type(s.scale.dtype()));
  const DType wide = accumulate_type(precision);
  // f32 does not hold every i32.
  const DType sum = t == DType::I32 ? DType::F64 : wide;
  const Value steps = cast(cast(given, precision) / cast(s.scale, precision), wide);
  Value q = is_float8(t) ? steps : cast(round(steps), sum);
  if (s.zero_point.defined()) q = q + cast(s.zero_point, sum);
  return {is_float8(t) && n.flag("saturate", true) ? saturated_cast(q, t) : cast(q, t)};
}

Results dequantize(const NodeView& n) {
  const Value q = n.in(0);
  const Steps s = steps_of(n);
  require_quantized_to(q.dtype(), "input 0");
  require(is_float(s.scale.dtype()), "the scale is {}, and must be floats", s.scale.type());
  require(!s.zero_point.defined() || s.zero_point.dtype() == q.dtype(), "the zero point is {}, and must be {}",
          s.zero_point.defined() ? s.zero_point.dtype() : q.dtype(), q.dtype());
  const DType whole = is_float8(q.dtype()) ? DType::F32 : q.dtype() == DType::I32 ? DType::I64 : DType::I32;
  const DType result = float_named(n, "output_dtype", 23, s.scale.dtype());
  const DType wide = promote(accumulate_type(s.scale.dtype()), accumulate_type(result));
  Value x = cast(q, whole);
  if (s.zero_point.defined()) x = x - cast(s.zero_point, whole);
  return {cast(cast(x, wide) * cast(s.scale, wide), result)};
}

Results dynamically_quantize(const NodeView& n) {
  const Quantized<Value> q = dynamic_quantize_linear(n.in(0));
  return {q.values, q.scale, q.zero_point};
}

/// Numbers for rows of a (axis -2) or columns of b (axis -1) of a product: one, a list, or as they broadcast.
Value of_lines(const Value& v, const Value& x, i64 axis, const std::string& what) {
  if (v.rank() <= 1) return x.rank() == 1 ? single(v, what) : along_axis(v, x, axis, what);
  require(v.rank() == x.rank(), "the {} is {}, and must have one element, a list, or as many dimensions as {}", what,
          v.type(), x.type());
  const auto across = static_cast<std::size_t>(x.rank() + (axis == -2 ? -1 : -2));
  require(v.shape()[across] == Dim(1), "the {} is {}, and must have extent 1 in dimension {}", what, v.type(), across);
  return v;
}

Value centered_lines(const NodeView& n, std::size_t x, std::size_t zero, i64 axis) {
  if (!n.has(zero)) return cast(n.in(x), DType::I32);
  return centered(n.in(x), of_lines(n.in(zero), n.in(x), axis, "zero point"));
}

Results product_of_integers(const NodeView& n) {
  return {matmul(centered_lines(n, 0, 2, -2), centered_lines(n, 1, 3, -1))};
}

Results quantized_product(const NodeView& n) {
  const Value product = matmul(centered_lines(n, 0, 2, -2), centered_lines(n, 3, 5, -1));
  const Value rows = n.in(0).rank() == 1 ? single(n.in(1), "scale") : of_lines(n.in(1), n.in(0), -2, "scale");
  const Value columns = n.in(3).rank() == 1 ? single(n.in(4), "scale") : of_lines(n.in(4), n.in(3), -1, "scale");
  require((n.in(0).rank() > 1 && n.in(3).rank() > 1) || (rows.rank() == 0 && columns.rank() == 0),
          "scales must have one element where an operand is a vector");
  const Value scale = rows * columns / single(n.in(6), "input 6");
  return {requantized(product, scale, single(n.in(7), "input 7"))};
}

constexpr Entry kQuantized[] = {{"DequantizeLinear", dequantize},
                                {"DynamicQuantizeLinear", dynamically_quantize},
                                {"MatMulInteger", product_of_integers},
                                {"QLinearMatMul", quantized_product},
                                {"QuantizeLinear", quantize}};

}  // namespace

std::span<const Entry> quantized_operators() { return kQuantized; }

}  // namespace tenon::onnx
