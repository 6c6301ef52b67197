// Element by element: what is not regular (onnx/regular.h).
#include <algorithm>
#include <limits>

#include "onnx/converters.h"
#include "onnx/import/quantized.h"
#include "onnx/import/texts.h"
#include "onnx/regular.h"
#include "onnx/tensors.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

Results identity(const NodeView& n) { return {n.in(0)}; }

/// Attribute saturate is about floats of 8 bits only. Floats outside of the 4 bits of an integer wrap around, which the
/// standard leaves open and its cases have.
Value converted(const NodeView& n, const Value& x, DType to) {
  if (to == DType::Str) return cast_texts(x, to);
  const Value numbers = x.dtype() == DType::Str ? cast_texts(x, is_float8(to) ? DType::F32 : to) : x;
  if (value_bits_of(to) == 4 && is_float(numbers.dtype())) return cast(cast(numbers, DType::I32), to);
  return n.flag("saturate", true) ? saturated_cast(numbers, to) : cast(numbers, to);
}

Results cast_to(const NodeView& n) {
  // Before opset 6 the type is a name.
  const pb::AttributeProto* to = n.find("to");
  require(to != nullptr, "attribute to is missing; it must be an element type");
  if (to->type() == pb::AttributeProto::STRING) {
    pb::TensorProto::DataType type{};
    require(pb::TensorProto::DataType_Parse(to->s(), &type), "'{}' is no element type", to->s());
    return {converted(n, n.in(0), dtype_of_onnx(type))};
  }
  return {converted(n, n.in(0), dtype_of_onnx(static_cast<std::int32_t>(n.integer("to"))))};
}

Results cast_like(const NodeView& n) { return {converted(n, n.in(0), n.in(1).dtype())}; }

/// Of any number of operands.
template <Value (*Combine)(const Value&, const Value&)>
Results folded(const NodeView& n) {
  Value r = n.in(0);
  for (std::size_t k = 1; k < n.inputs(); ++k) r = Combine(r, n.in(k));
  return {r};
}
Value added(const Value& a, const Value& b) { return a + b; }
Value larger(const Value& a, const Value& b) { return maximum(a, b); }
Value smaller(const Value& a, const Value& b) { return minimum(a, b); }

Results mean_of(const NodeView& n) {
  const Value total = folded<added>(n)[0];
  return {total / static_cast<double>(n.inputs())};
}

/// The exponent may be of another type; the result has the base's.
Results power(const NodeView& n) {
  const Value x = n.in(0), y = aligned(n, x, n.in(1));
  return {cast(pow(x, y), x.dtype())};
}

/// Integers are rounded towards zero, where our quotients are rounded down.
Results quotient(const NodeView& n) {
  const Value x = n.in(0), y = aligned(n, x, n.in(1));
  if (is_float(x.dtype()) || !is_signed(x.dtype())) return {x / y};
  // Of extents, which are not negative, it makes no difference.
  const auto is_extents = [](const Value& v) {
    const auto list = extents_of(operand_of(v));
    return list && std::ranges::all_of(*list, [](const Dim& d) { return certainly_nonnegative(d); });
  };
  if (is_extents(x) && is_extents(y)) return {x / y};
  return {(x - fmod(x, y)) / y};
}

Results modulo(const NodeView& n) {
  const bool c = n.flag("fmod", false);
  require(c || !is_float(n.in(0).dtype()), "attribute fmod must be 1 for floats");
  return {c ? fmod(n.in(0), n.in(1)) : mod(n.in(0), n.in(1))};
}

Results bit_shift(const NodeView& n) {
  const std::string direction = n.text("direction");
  require(direction == "LEFT" || direction == "RIGHT", "attribute direction is '{}', and must be LEFT or RIGHT",
          direction);
  return {direction == "LEFT" ? shift_left(n.in(0), n.in(1)) : shift_right(n.in(0), n.in(1))};
}

/// Limits are attributes before opset 11, scalars from there on.
Results clip_to(const NodeView& n) {
  Value x = n.in(0);
  if (n.opset() < 11) {
    // Without bounds, infinity becomes the largest f32 here.
    constexpr double kMost = std::numeric_limits<float>::max();
    return {minimum(maximum(x, lift(n.real("min", -kMost), x)), lift(n.real("max", kMost), x))};
  }
  if (n.has(1)) x = maximum(x, n.in(1));
  if (n.has(2)) x = minimum(x, n.in(2));
  return {x};
}

Results hard_sigmoid_of(const NodeView& n) {
  const Value x = n.in(0);
  const Value line = x * n.real("alpha", 0.2) + n.real("beta", 0.5);
  return {minimum(maximum(line, 0.0), 1.0)};
}

Results selu_of(const NodeView& n) {
  const double alpha = n.real("alpha", n.opset() < 6 ? 1.6732 : 1.67326319217681884765625);
  const double gamma = n.real("gamma", n.opset() < 6 ? 1.0507 : 1.05070102214813232421875);
  return {elu(n.in(0), alpha) * gamma};
}

Results prelu_of(const NodeView& n) {
  const Value x = n.in(0), slope = n.in(1);
  // Before opset 7, one slope for each channel.
  const bool channels = n.opset() < 7 && slope.rank() == 1 && x.rank() > 1 && slope.shape()[0] != Dim(1);
  Shape s = slope.shape();
  if (channels)
    for (i64 k = 2; k < x.rank(); ++k) s.push_back(1);
  return {where(less(x, lift(0, x)), x * (channels ? reshape(slope, s) : slope), x)};
}

Results shrink(const NodeView& n) {
  const Value x = n.in(0);
  const double bias = n.real("bias", 0.0), lambd = n.real("lambd", 0.5);
  const Value zero = lift(0, x), limit = lift(lambd, x), shift = lift(bias, x);
  return {where(less(x, zero - limit), x + shift, where(greater(x, limit), x - shift, zero))};
}

Results is_infinite(const NodeView& n) {
  const Value x = n.in(0);
  const bool negative = n.flag("detect_negative", true), positive = n.flag("detect_positive", true);
  const Value zero = lift(0, x);
  Value found = is_inf(x);
  if (!negative) found = logical_and(found, greater(x, zero));
  if (!positive) found = logical_and(found, less(x, zero));
  return {found};
}

constexpr Entry kOperators[] = {{"BitShift", bit_shift}, {"Cast", cast_to},        {"CastLike", cast_like},
                                {"Clip", clip_to},       {"Div", quotient},        {"HardSigmoid", hard_sigmoid_of},
                                {"Identity", identity},  {"IsInf", is_infinite},   {"Max", folded<larger>},
                                {"Mean", mean_of},       {"Min", folded<smaller>}, {"Mod", modulo},
                                {"PRelu", prelu_of},     {"Pow", power},           {"Selu", selu_of},
                                {"Shrink", shrink},      {"Sum", folded<added>}};

}  // namespace

std::span<const Entry> elementwise_operators() { return kOperators; }

}  // namespace tenon::onnx
