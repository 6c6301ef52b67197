// Operators that are others of ours together, or one of ONNX on operands that are made fit.
#include "onnx/export/writer.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Names = std::vector<std::string>;

const Value& operand_of(const Node& n, std::size_t k = 0) { return n.args()[k]; }

template <class Op, class Reduce>
Names quantified(GraphWriter& g, const Node& n, const Reduce& reduce) {
  const auto& op = *get_if<Op>(n.op());
  const Value x = cast(cast(operand_of(n), DType::Bool), DType::I32);
  return {g.name_of(cast(reduce(x, op.axes, op.keep_dims), DType::Bool))};
}
Names all_of(GraphWriter& g, const Node& n) {
  return quantified<All>(g, n, [](const Value& x, const Ints& axes, bool keep) { return min(x, axes, keep); });
}
Names any_of(GraphWriter& g, const Node& n) {
  return quantified<Any>(g, n, [](const Value& x, const Ints& axes, bool keep) { return max(x, axes, keep); });
}

Names barrier_of(GraphWriter& g, const Node& n) {
  Names out;
  for (const Value& v : n.args()) out.push_back(g.name_of(v));
  return out;
}
Names lerp_of(GraphWriter& g, const Node& n) {
  const Value &a = operand_of(n), &b = operand_of(n, 1), &weight = operand_of(n, 2), step = b - a;
  return {g.name_of(where(less(weight, 0.5), a + weight * step, b - (1 - weight) * step))};
}
Names mish_of(GraphWriter& g, const Node& n) { return {g.name_of(operand_of(n) * tanh(softplus(operand_of(n))))}; }
Names mse_of(GraphWriter& g, const Node& n) {
  const DType t = operand_of(n).dtype(), wide = accumulate_type(t);
  return {g.name_of(cast(mean(square(cast(operand_of(n), wide) - cast(operand_of(n, 1), wide))), t))};
}
/// fmod, brought to the divisor's sign.
Names float_mod_of(GraphWriter& g, const Node& n) {
  require(is_float(operand_of(n).dtype()), "of floats only");
  const Value &x = operand_of(n), &y = operand_of(n, 1), rest = fmod(x, y);
  const Value other = logical_and(not_equal(rest, 0), logical_xor(less(rest, 0), less(y, 0)));
  return {g.name_of(where(other, rest + y, rest))};
}

Names hard_sigmoid_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<HardSigmoid>(n.op());
  return {g.add("HardSigmoid", {g.name_of(operand_of(n))}).set("alpha", op.alpha).set("beta", op.beta).out()};
}
Names hard_shrink_of(GraphWriter& g, const Node& n) {
  const double threshold = get_if<HardShrink>(n.op())->threshold;
  return {g.add("Shrink", {g.name_of(operand_of(n))}).set("lambd", threshold).set("bias", 0.0).out()};
}
Names soft_shrink_of(GraphWriter& g, const Node& n) {
  const double threshold = get_if<SoftShrink>(n.op())->threshold;
  return {g.add("Shrink", {g.name_of(operand_of(n))}).set("lambd", threshold).set("bias", threshold).out()};
}

/// [1, …, count, …, 1], as elements along an axis of x stand beside it.
Value along(const Value& elements, const Value& x, i64 axis) {
  if (elements.rank() == 0 || elements.shape()[0] == Dim(1)) return reshape(elements, {});
  Shape shape(x.shape().size(), 1);
  shape[static_cast<std::size_t>(normal_axis(axis, x.rank()))] = elements.shape()[0];
  return reshape(elements, shape);
}
Names prelu_of(GraphWriter& g, const Node& n) {
  const Value &x = operand_of(n), slope = along(operand_of(n, 1), x, get_if<Prelu>(n.op())->axis);
  return {g.name_of(where(greater(x, 0), x, slope * x))};
}

Names channel_shuffle_of(GraphWriter& g, const Node& n) {
  const Value& x = operand_of(n);
  const i64 groups = get_if<ChannelShuffle>(n.op())->groups;
  Shape parts{x.shape()[0], groups, floor_div(x.shape()[1], groups)};
  Ints order{0, 2, 1};
  for (std::size_t d = 2; d < x.shape().size(); ++d)
    parts.push_back(x.shape()[d]), order.push_back(order.back() + 1 + (d == 2));
  return {g.name_of(reshape(transpose(reshape(x, parts), order), x.shape()))};
}
Names space_to_depth_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<SpaceToDepth>(n.op());
  const Value& x = operand_of(n);
  const auto rank = x.rank() - 2;
  Shape parts{x.shape()[0], x.shape()[1]};
  Ints offsets, places, order{0};
  for (i64 d = 0; d < rank; ++d) {
    parts.push_back(floor_div(x.shape()[static_cast<std::size_t>(d) + 2], op.block)), parts.push_back(op.block);
    places.push_back(2 + 2 * d), offsets.push_back(3 + 2 * d);
  }
  if (op.mode != "DCR") order.push_back(1);
  for (const i64 k : offsets) order.push_back(k);
  if (op.mode == "DCR") order.push_back(1);
  for (const i64 k : places) order.push_back(k);
  return {g.name_of(reshape(transpose(reshape(x, parts), order), n.types()[0].shape))};
}
Names roll_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<Roll>(n.op());
  Value x = operand_of(n);
  for (std::size_t k = 0; k < op.axes.size(); ++k) {
    const i64 axis = normal_axis(op.axes[k], x.rank());
    const Dim extent = x.shape()[static_cast<std::size_t>(axis)];
    require(extent.is_constant(), "along the unknown extent {}", extent);
    if (extent == Dim(0)) continue;
    const i64 count = extent.value(), shift = ((op.shifts[k] % count) + count) % count;
    if (shift != 0)
      x = concatenate({slice_axis(x, axis, count - shift, count), slice_axis(x, axis, 0, count - shift)}, axis);
  }
  return {g.name_of(x)};
}
Names repeat_interleave_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<RepeatInterleave>(n.op());
  const Value& x = operand_of(n);
  const i64 axis = normal_axis(op.axis, x.rank());
  Ints repeats(x.shape().size() + 1, 1);
  repeats[static_cast<std::size_t>(axis) + 1] = op.count;
  return {g.name_of(reshape(tile(expand_dims(x, {axis + 1}), repeats), n.types()[0].shape))};
}

Names sort_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<Sort>(n.op());
  const Value& x = operand_of(n);
  if (x.rank() == 0) fail("a scalar");
  const Dim extent = x.shape()[static_cast<std::size_t>(normal_axis(op.axis, x.rank()))];
  require(extent.is_constant(), "along the unknown extent {}", extent);
  const auto out = top_k(x, extent.value(), op.axis, op.descending);
  return {g.name_of(out.values), g.name_of(out.positions)};
}
Names non_zero_of(GraphWriter& g, const Node& n) {
  const Value x = cast(operand_of(n), DType::Bool);
  if (x.rank() > 0) return {g.add("NonZero", {g.name_of(x)}).out()};
  // A scalar has no coordinates, though runtimes give one.
  const std::string of_list = g.add("NonZero", {g.name_of(reshape(x, {1}))}).out();
  return {g.add("Gather", {of_list, g.constant(Ints{})}).set("axis", i64{0}).out()};
}
Names unique_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<Unique>(n.op());
  auto node = g.add("Unique", {g.name_of(operand_of(n))}, 4).set("sorted", i64{op.sorted});
  if (!op.axis.empty()) node.set("axis", op.axis[0]);
  return {node.out(0), node.out(1), node.out(2), node.out(3)};
}

void require_reduction(const GraphWriter& g, const std::string& reduction) {
  const i64 since = reduction == "none" ? 1 : reduction == "add" || reduction == "mul" ? 16 : 18;
  require(g.opset() >= since, "reduction {} needs opset {}", reduction, since);
}
Names scattered(GraphWriter& g, const char* op, const Value& x, const Value& ids, const Value& updates,
                const std::string& reduction, std::optional<i64> axis) {
  require_reduction(g, reduction);
  auto node = g.add(op, {g.name_of(x), g.name_of(cast(ids, DType::I64)), g.name_of(updates)});
  if (axis) node.set("axis", *axis);
  if (reduction != "none") node.set("reduction", reduction);
  return {node.out()};
}
Names scatter_elements_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<ScatterElements>(n.op());
  return scattered(g, "ScatterElements", operand_of(n), operand_of(n, 1), operand_of(n, 2), op.reduction, op.axis);
}
Names scatter_nd_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<ScatterNd>(n.op());
  require(!(operand_of(n, 1).shape().back() == Dim(0)), "positions of no dimensions");
  return scattered(g, "ScatterND", operand_of(n), operand_of(n, 1), operand_of(n, 2), op.reduction, {});
}
/// Positions out of range are passed over: 0 is added somewhere.
Names scatter_add_of(GraphWriter& g, const Node& n) {
  const Value &x = operand_of(n), &updates = operand_of(n, 2);
  require(normal_axis(get_if<ScatterAdd>(n.op())->axis, x.rank()) == 0, "along another axis than the first");
  const Value ids = cast(operand_of(n, 1), DType::I64);
  require(x.shape()[0].is_constant() && x.shape()[0].value() > 0, "the extent is {}", x.shape()[0]);
  const Value inside = logical_and(greater_equal(ids, 0), less(ids, static_cast<double>(x.shape()[0].value())));
  Ints after;
  for (i64 k = ids.rank(); k < updates.rank(); ++k) after.push_back(k);
  const Value kept = where(after.empty() ? inside : expand_dims(inside, after), updates, zeros_like(updates));
  const Value places = expand_dims(where(inside, ids, zeros_like(ids)), {ids.rank()});
  return {g.name_of(scatter_nd(x, places, kept, "add"))};
}

/// Runtimes take no zero point of floats of 8 bits but 0, and pass over others.
bool runs_with_zero_point(const Node& n) {
  if (n.args().size() < 3 || !is_float8(n.args()[2].dtype())) return true;
  const Array* known = known_value(n.args()[2]);
  bool zero = known != nullptr;
  for (i64 k = 0; zero && k < known->count(); ++k) zero = !known->at(k).truth();
  return zero;
}

/// Of types that take a byte as operators, else as arithmetic.
Names quantize_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<QuantizeLinear>(n.op());
  const Value &x = operand_of(n), &scale = operand_of(n, 1);
  const DType to = n.types()[0].dtype;
  if (x.dtype() == DType::F32 && bits_of(to) == 8 && runs_with_zero_point(n)) {
    const std::string zero = n.args().size() > 2 ? g.name_of(operand_of(n, 2)) : g.number(0, to);
    Names in{g.name_of(x), g.name_of(scale), zero};
    if (n.args().size() > 2 || scale.rank() == 0) return {g.add("QuantizeLinear", in).set("axis", op.axis).out()};
  }
  const DType wide = bits_of(to) == 32 ? DType::F64 : accumulate_type(x.dtype());
  Value y = cast(x, wide) / cast(along(scale, x, op.axis), wide);
  if (!is_float8(to)) y = round(y);
  if (n.args().size() > 2) y = y + cast(along(operand_of(n, 2), x, op.axis), wide);
  if (is_float8(to)) y = clip(y, lowest_of(to), highest_of(to));
  return {g.name_of(cast(y, to))};
}
Names dequantize_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<DequantizeLinear>(n.op());
  const Value &x = operand_of(n), &scale = operand_of(n, 1);
  if (scale.dtype() == DType::F32 && bits_of(x.dtype()) == 8 && runs_with_zero_point(n)) {
    Names in;
    for (const Value& v : n.args()) in.push_back(g.name_of(v));
    return {g.add("DequantizeLinear", in).set("axis", op.axis).out()};
  }
  const DType t = scale.dtype(), wide = bits_of(x.dtype()) == 32 ? DType::F64 : accumulate_type(t);
  Value y = cast(x, wide);
  if (n.args().size() > 2) y = y - cast(along(operand_of(n, 2), x, op.axis), wide);
  return {g.name_of(cast(y * cast(along(scale, x, op.axis), wide), t))};
}

constexpr Writer kWriters[] = {{"all", all_of},
                               {"any", any_of},
                               {"barrier", barrier_of},
                               {"channel_shuffle", channel_shuffle_of},
                               {"dequantize_linear", dequantize_of},
                               {"hard_shrink", hard_shrink_of},
                               {"hard_sigmoid", hard_sigmoid_of},
                               {"lerp", lerp_of},
                               {"mish", mish_of},
                               {"mod", float_mod_of},
                               {"mse", mse_of},
                               {"non_zero", non_zero_of},
                               {"prelu", prelu_of},
                               {"quantize_linear", quantize_of},
                               {"repeat_interleave", repeat_interleave_of},
                               {"roll", roll_of},
                               {"scatter_add", scatter_add_of},
                               {"scatter_elements", scatter_elements_of},
                               {"scatter_nd", scatter_nd_of},
                               {"soft_shrink", soft_shrink_of},
                               {"sort", sort_of},
                               {"space_to_depth", space_to_depth_of},
                               {"unique", unique_of}};

}  // namespace

std::span<const Writer> composition_writers() { return kWriters; }

}  // namespace tenon::onnx
