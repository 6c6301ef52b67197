// Element by element: what is not regular (onnx/regular.h), and reductions.
#include <algorithm>
#include <cmath>
#include <limits>

#include "interpret/interpret.h"
#include "onnx/export/writer.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Names = std::vector<std::string>;

std::string in(GraphWriter& g, const Node& n, std::size_t k = 0) { return g.name_of(n.args()[k]); }
DType type_of_first(const Node& n) { return n.args()[0].dtype(); }

/// The largest float of the type below 2^bits.
double below_power(int bits, DType t) {
  return t == DType::F64 ? std::nextafter(std::ldexp(1.0, bits), 0.0)
                         : static_cast<double>(std::nextafter(std::ldexp(1.0F, bits), 0.0F));
}

/// The integer that is nearest to x rounded towards zero, and 0 for NaN; ONNX says nothing of what does not fit.
std::string saturated(GraphWriter& g, std::string x, DType from, DType to) {
  const bool wide = bits_of(to) == 64;
  const DType t = from == DType::F64 || bits_of(to) == 32 ? DType::F64 : DType::F32;
  if (from != t) x = g.cast(x, t);
  x = g.add("Where", {g.add("IsNaN", {x}).out(), g.number(0, t), x}).out();
  const int value_bits = bits_of(to) - (is_signed(to) ? 1 : 0);
  const double highest = wide ? below_power(value_bits, t) : highest_of(to);
  const std::string inside = g.add("Clip", {x, g.number(lowest_of(to), t), g.number(highest, t)}).out();
  // Some runtimes round floats to integers of 4 bits.
  const bool nibble = value_bits_of(to) == 4;
  const std::string y = g.cast(nibble ? g.cast(inside, is_signed(to) ? DType::I8 : DType::U8) : inside, to);
  if (!wide) return y;
  // The highest integer is no float; as i64, whose kernels all have, that of u64 is -1.
  const std::string above = g.add("GreaterOrEqual", {x, g.number(std::ldexp(1.0, value_bits), t)}).out();
  const Number top = Number::of_int(is_signed(to) ? std::numeric_limits<i64>::max() : -1);
  const std::string highest_integer = g.constant(Array::scalar(top, DType::I64));
  const std::string either = g.add("Where", {above, highest_integer, is_signed(to) ? y : g.cast(y, DType::I64)}).out();
  return is_signed(to) ? either : g.cast(either, to);
}

Names cast_of(GraphWriter& g, const Node& n) {
  const DType from = type_of_first(n), to = n.types()[0].dtype;
  if (is_float(from) && is_integer(to)) return {saturated(g, in(g, n), from, to)};
  return {g.cast(in(g, n), to)};
}
Names same(GraphWriter& g, const Node& n) { return {g.add("Identity", {in(g, n)}).out()}; }
Names square_of(GraphWriter& g, const Node& n) { return {g.add("Mul", {in(g, n), in(g, n)}).out()}; }
Names rsqrt_of(GraphWriter& g, const Node& n) { return {g.add("Reciprocal", {g.add("Sqrt", {in(g, n)}).out()}).out()}; }
Names log1p_of(GraphWriter& g, const Node& n) {
  return {g.add("Log", {g.add("Add", {in(g, n), g.number(1, type_of_first(n))}).out()}).out()};
}
Names expm1_of(GraphWriter& g, const Node& n) {
  return {g.add("Sub", {g.add("Exp", {in(g, n)}).out(), g.number(1, type_of_first(n))}).out()};
}
/// Towards zero: sign(x) floor(|x|).
Names trunc_of(GraphWriter& g, const Node& n) {
  return {
      g.add("Mul", {g.add("Sign", {in(g, n)}).out(), g.add("Floor", {g.add("Abs", {in(g, n)}).out()}).out()}).out()};
}
Names is_inf_of(GraphWriter& g, const Node& n) { return {g.add("IsInf", {in(g, n)}).out()}; }
Names is_finite_of(GraphWriter& g, const Node& n) {
  const std::string bad = g.add("Or", {g.add("IsInf", {in(g, n)}).out(), g.add("IsNaN", {in(g, n)}).out()}).out();
  return {g.add("Not", {bad}).out()};
}
template <const char* kOp>
Names binary(GraphWriter& g, const Node& n) {
  return {g.add(kOp, {in(g, n), in(g, n, 1)}).out()};
}
constexpr char kMax[] = "Max", kMin[] = "Min", kPow[] = "Pow";
Names not_equal_of(GraphWriter& g, const Node& n) {
  return {g.add("Not", {g.add("Equal", {in(g, n), in(g, n, 1)}).out()}).out()};
}

/// Operands of a division. Of integers, what is divided by 0 becomes 0 / 1, as ours gives and ONNX leaves open.
struct Division {
  std::string x, y;
};
Division division(GraphWriter& g, const Node& n) {
  const DType t = type_of_first(n);
  Division d{in(g, n), in(g, n, 1)};
  if (is_float(t)) return d;
  if (const Array* known = known_value(n.args()[1])) {
    bool safe = true;
    for (i64 k = 0; k < known->count(); ++k) safe &= known->at(k).truth();
    if (safe) return d;
  }
  const std::string zero = g.cast(g.add("Equal", {d.y, g.number(0, t)}).out(), t);
  d.x = g.add("Mul", {d.x, g.add("Sub", {g.number(1, t), zero}).out()}).out();
  d.y = g.add("Add", {d.y, zero}).out();
  return d;
}
Names mod_of(GraphWriter& g, const Node& n) {
  require(!is_float(type_of_first(n)), "ONNX has remainders of floats with the sign of the first operand only");
  const Division d = division(g, n);
  return {g.add("Mod", {d.x, d.y}).out()};
}
Names fmod_of(GraphWriter& g, const Node& n) {
  const Division d = division(g, n);
  return {g.add("Mod", {d.x, d.y}).set("fmod", i64{1}).out()};
}
/// Quotients of integers are rounded down, where ONNX's are rounded towards zero; its Mod has the divisor's sign.
Names div_of(GraphWriter& g, const Node& n) {
  const Division d = division(g, n);
  if (is_float(type_of_first(n)) || !is_signed(type_of_first(n))) return {g.add("Div", {d.x, d.y}).out()};
  return {g.add("Div", {g.add("Sub", {d.x, g.add("Mod", {d.x, d.y}).out()}).out(), d.y}).out()};
}
Names floor_divide_of(GraphWriter& g, const Node& n) {
  if (!is_float(type_of_first(n))) return div_of(g, n);
  return {g.add("Floor", {g.add("Div", {in(g, n), in(g, n, 1)}).out()}).out()};
}
Names clip_of(GraphWriter& g, const Node& n) {
  const auto& clip = *get_if<Clip>(n.op());
  const DType t = type_of_first(n);
  return {g.add("Clip", {in(g, n), g.number(clip.min, t), g.number(clip.max, t)}).out()};
}
/// Where the operator itself does not take the type.
Names relu_of(GraphWriter& g, const Node& n) { return {g.add("Max", {in(g, n), g.number(0, type_of_first(n))}).out()}; }
Names neg_of(GraphWriter& g, const Node& n) { return {g.add("Sub", {g.number(0, type_of_first(n)), in(g, n)}).out()}; }
Names where_of(GraphWriter& g, const Node& n) {
  require(n.args()[1].dtype() == DType::Bool, "ONNX's Where does not take {}", n.args()[1].dtype());
  const std::string yes = g.add("And", {in(g, n), in(g, n, 1)}).out();
  return {g.add("Or", {yes, g.add("And", {g.add("Not", {in(g, n)}).out(), in(g, n, 2)}).out()}).out()};
}
/// max(x, 0) + min(alpha (exp(x / alpha) - 1), 0)
Names celu_of(GraphWriter& g, const Node& n) {
  const DType t = type_of_first(n);
  const std::string zero = g.number(0, t), alpha = g.number(get_if<Celu>(n.op())->alpha, t);
  const std::string power = g.add("Exp", {g.add("Div", {in(g, n), alpha}).out()}).out();
  const std::string low = g.add("Mul", {alpha, g.add("Sub", {power, g.number(1, t)}).out()}).out();
  return {g.add("Add", {g.add("Max", {in(g, n), zero}).out(), g.add("Min", {low, zero}).out()}).out()};
}
Names relu6_of(GraphWriter& g, const Node& n) {
  const DType t = type_of_first(n);
  return {g.add("Clip", {in(g, n), g.number(0, t), g.number(6, t)}).out()};
}
Names hard_tanh_of(GraphWriter& g, const Node& n) {
  const DType t = type_of_first(n);
  double low = -1, high = 1;
  for (const Field& f : n.op().fields()) {
    const Attribute a = copy_of(f.value);
    if (const auto* d = std::get_if<double>(&a)) (f.name == "low" || f.name == "min" ? low : high) = *d;
  }
  return {g.add("Clip", {in(g, n), g.number(low, t), g.number(high, t)}).out()};
}
Names silu_of(GraphWriter& g, const Node& n) {
  return {g.add("Mul", {in(g, n), g.add("Sigmoid", {in(g, n)}).out()}).out()};
}
Names log_sigmoid_of(GraphWriter& g, const Node& n) {
  return {g.add("Neg", {g.add("Softplus", {g.add("Neg", {in(g, n)}).out()}).out()}).out()};
}
Names selu_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<Selu>(n.op());
  return {g.add("Selu", {in(g, n)}).set("alpha", op.alpha).set("gamma", op.gamma).out()};
}
/// log(1 + exp(beta x)) / beta
Names softplus_of(GraphWriter& g, const Node& n) {
  const std::string beta = g.number(get_if<Softplus>(n.op())->beta, type_of_first(n));
  return {g.add("Div", {g.add("Softplus", {g.add("Mul", {in(g, n), beta}).out()}).out(), beta}).out()};
}
/// x (1 + erf(x / sqrt 2)) / 2, or by tanh; the operator itself came with opset 20.
Names gelu_of(GraphWriter& g, const Node& n) {
  const auto& gelu = *get_if<Gelu>(n.op());
  const std::string x = in(g, n);
  const DType t = type_of_first(n);
  std::string inner;
  if (gelu.approximate == "tanh") {
    const std::string cube = g.add("Mul", {g.add("Mul", {x, x}).out(), x}).out();
    const std::string sum = g.add("Add", {x, g.add("Mul", {cube, g.number(0.044715, t)}).out()}).out();
    inner = g.add("Tanh", {g.add("Mul", {sum, g.number(0.79788456080286535588, t)}).out()}).out();
  } else {
    inner = g.add("Erf", {g.add("Mul", {x, g.number(0.70710678118654752440, t)}).out()}).out();
  }
  const std::string half = g.add("Mul", {x, g.number(0.5, t)}).out();
  return {g.add("Mul", {half, g.add("Add", {inner, g.number(1, t)}).out()}).out()};
}

/// Axes are an attribute before `since`, an input from there on.
Names reduced(GraphWriter& g, const Node& n, const char* op, i64 since) {
  Ints axes;
  bool keep = false;
  for (const Field& f : n.op().fields()) {
    const Attribute a = copy_of(f.value);
    if (f.name == "axes") axes = std::get<Ints>(a);
    if (f.name == "keep_dims") keep = std::get<bool>(a);
  }
  std::vector<std::string> operands{in(g, n)};
  if (g.opset() >= since && !axes.empty()) operands.push_back(g.constant(axes));
  auto node = g.add(op, operands);
  if (g.opset() < since && !axes.empty()) node.set("axes", axes);
  return {node.set("keepdims", i64{keep}).out()};
}
Names sum_of(GraphWriter& g, const Node& n) { return reduced(g, n, "ReduceSum", 13); }
Names mean_of(GraphWriter& g, const Node& n) {
  // Of nothing it is NaN, which ONNX leaves open.
  const Shape& shape = n.args()[0].shape();
  const bool empty = std::ranges::any_of(shape, [](const Dim& d) { return d == Dim(0); });
  if (empty && is_float(type_of_first(n)) && is_concrete(n.types()[0]))
    return {g.constant(interpret(n.op(), std::vector{Array(type_of_first(n), shape)})[0])};
  return reduced(g, n, "ReduceMean", 18);
}
Names prod_of(GraphWriter& g, const Node& n) { return reduced(g, n, "ReduceProd", 18); }
Names max_of(GraphWriter& g, const Node& n) { return reduced(g, n, "ReduceMax", 18); }
Names min_of(GraphWriter& g, const Node& n) { return reduced(g, n, "ReduceMin", 18); }
Names sum_square_of(GraphWriter& g, const Node& n) { return reduced(g, n, "ReduceSumSquare", 18); }
Names l1_of(GraphWriter& g, const Node& n) { return reduced(g, n, "ReduceL1", 18); }
Names l2_of(GraphWriter& g, const Node& n) { return reduced(g, n, "ReduceL2", 18); }
Names log_sum_of(GraphWriter& g, const Node& n) { return reduced(g, n, "ReduceLogSum", 18); }
Names log_sum_exp_of(GraphWriter& g, const Node& n) { return reduced(g, n, "ReduceLogSumExp", 18); }

template <class Op>
Names position_of(GraphWriter& g, const Node& n, const char* name) {
  const auto& op = *get_if<Op>(n.op());
  return {g.add(name, {in(g, n)}).set("axis", op.axis).set("keepdims", i64{op.keep_dims}).out()};
}
Names arg_max_of(GraphWriter& g, const Node& n) { return position_of<ArgMax>(g, n, "ArgMax"); }
Names arg_min_of(GraphWriter& g, const Node& n) { return position_of<ArgMin>(g, n, "ArgMin"); }

constexpr Writer kWriters[] = {{"arg_max", arg_max_of},
                               {"arg_min", arg_min_of},
                               {"cast", cast_of},
                               {"celu", celu_of},
                               {"clip", clip_of},
                               {"div", div_of},
                               {"expm1", expm1_of},
                               {"floor_divide", floor_divide_of},
                               {"fmod", fmod_of},
                               {"gelu", gelu_of},
                               {"hard_tanh", hard_tanh_of},
                               {"is_finite", is_finite_of},
                               {"is_inf", is_inf_of},
                               {"log1p", log1p_of},
                               {"log_sigmoid", log_sigmoid_of},
                               {"log_sum", log_sum_of},
                               {"log_sum_exp", log_sum_exp_of},
                               {"max", max_of},
                               {"maximum", binary<kMax>},
                               {"mean", mean_of},
                               {"min", min_of},
                               {"minimum", binary<kMin>},
                               {"mod", mod_of},
                               {"neg", neg_of},
                               {"norm_l1", l1_of},
                               {"norm_l2", l2_of},
                               {"not_equal", not_equal_of},
                               {"pow", binary<kPow>},
                               {"prod", prod_of},
                               {"relu", relu_of},
                               {"relu6", relu6_of},
                               {"rsqrt", rsqrt_of},
                               {"selu", selu_of},
                               {"silu", silu_of},
                               {"softplus", softplus_of},
                               {"square", square_of},
                               {"stop_gradient", same},
                               {"sum", sum_of},
                               {"sum_square", sum_square_of},
                               {"trunc", trunc_of},
                               {"where", where_of}};

}  // namespace

std::span<const Writer> elementwise_writers() { return kWriters; }

}  // namespace tenon::onnx
