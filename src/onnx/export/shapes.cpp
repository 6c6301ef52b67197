// Shapes, pieces and indices.
#include <algorithm>
#include <limits>

#include "interpret/interpret.h"
#include "onnx/export/writer.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Names = std::vector<std::string>;

std::string operand(GraphWriter& g, const Node& n, std::size_t k = 0) { return g.name_of(n.args()[k]); }

Names reshape_of(GraphWriter& g, const Node& n) {
  const Shape& to = n.types()[0].shape;
  const bool empty = std::ranges::any_of(to, [](const Dim& d) { return d.is_constant() && d.value() == 0; });
  require(!empty || g.opset() >= 14, "a shape with an extent of 0 needs opset 14");
  auto node = g.add("Reshape", {operand(g, n), g.extents_to_reshape(n.args()[0], to)});
  return {(empty ? node.set("allowzero", i64{1}) : node).out()};
}
Names transpose_of(GraphWriter& g, const Node& n) {
  Ints order = get_if<Transpose>(n.op())->permutation;
  if (order.empty())
    for (i64 k = n.args()[0].rank(); k-- > 0;) order.push_back(k);
  for (i64& k : order) k = normal_axis(k, n.args()[0].rank());
  if (order.empty()) return {g.add("Identity", {operand(g, n)}).out()};
  return {g.add("Transpose", {operand(g, n)}).set("perm", order).out()};
}
Names broadcast_of(GraphWriter& g, const Node& n) {
  // Not all runtimes expand 1 to 0.
  const Type& to = n.types()[0];
  if (is_concrete(to) && element_count(to.shape) == 0) return {g.constant(Array(to))};
  return {g.add("Expand", {operand(g, n), g.extents(n.types()[0].shape)}).out()};
}
Names expand_dims_of(GraphWriter& g, const Node& n) {
  return {g.add("Unsqueeze", {operand(g, n), g.constant(get_if<ExpandDims>(n.op())->axes)}).out()};
}
Names squeeze_of(GraphWriter& g, const Node& n) {
  const Ints& axes = get_if<Squeeze>(n.op())->axes;
  std::vector<std::string> in{operand(g, n)};
  if (!axes.empty()) in.push_back(g.constant(axes));
  return {g.add("Squeeze", in).out()};
}
Names concatenate_of(GraphWriter& g, const Node& n) {
  std::vector<std::string> in;
  for (std::size_t k = 0; k < n.args().size(); ++k) in.push_back(operand(g, n, k));
  return {g.add("Concat", in).set("axis", get_if<Concatenate>(n.op())->axis).out()};
}
/// Positions do not count from the end with us, and -1 with a negative step is the end behind element 0.
Names slice_of(GraphWriter& g, const Node& n) {
  const auto& s = *get_if<Slice>(n.op());
  Ints starts, stops, steps, axes;
  for (std::size_t d = 0; d < s.start.size(); ++d) {
    const Dim extent = n.args()[0].shape()[d];
    const i64 step = s.step_of(d);
    if (step == 1 && s.start[d] == Dim(0) && s.stop[d] == extent) continue;
    require(s.start[d].is_constant(), "a slice from {} on", s.start[d]);
    axes.push_back(static_cast<i64>(d));
    starts.push_back(s.start[d]);
    steps.push_back(step);
    if (s.stop[d] == extent && step > 0) {
      stops.push_back(std::numeric_limits<i64>::max());
    } else {
      require(s.stop[d].is_constant(), "a slice up to {}", s.stop[d]);
      stops.push_back(s.stop[d] == Dim(-1) ? std::numeric_limits<i64>::min() : s.stop[d].value());
    }
  }
  if (axes.empty()) return {g.add("Identity", {operand(g, n)}).out()};
  return {g.add("Slice", {operand(g, n), g.constant(starts), g.constant(stops), g.constant(axes), g.constant(steps)})
              .out()};
}
Names flip_of(GraphWriter& g, const Node& n) {
  Ints axes = get_if<Flip>(n.op())->axes;
  if (axes.empty())
    for (i64 k = 0; k < n.args()[0].rank(); ++k) axes.push_back(k);
  const Type& type = n.types()[0];
  const bool nothing = axes.empty() || (is_concrete(type) && element_count(type.shape) == 0);
  if (nothing) return {g.add("Identity", {operand(g, n)}).out()};
  Ints last, down, back;
  for (std::size_t k = 0; k < axes.size(); ++k)
    last.push_back(-1), down.push_back(std::numeric_limits<i64>::min()), back.push_back(-1);
  return {
      g.add("Slice", {operand(g, n), g.constant(last), g.constant(down), g.constant(axes), g.constant(back)}).out()};
}
/// By positions modulo the extent: only opset 19 has the mode, and few runtimes.
Value wrapped(Value x, const Pad& p) {
  for (std::size_t d = 0; d < p.low.size(); ++d) {
    if (p.low[d] == 0 && p.high[d] == 0) continue;
    require(x.shape()[d].is_constant(), "mode wrap of the unknown extent {}", x.shape()[d]);
    const i64 extent = x.shape()[d].value(), count = p.low[d] + extent + p.high[d];
    Array positions(DType::I64, {count});
    for (i64 k = 0; k < count; ++k) positions.set(k, Number::of_int(((k - p.low[d]) % extent + extent) % extent));
    x = gather(x, constant<Value>(positions), static_cast<i64>(d));
  }
  return x;
}
Names pad_of(GraphWriter& g, const Node& n) {
  const auto& p = *get_if<Pad>(n.op());
  if (p.low.empty()) return {g.add("Identity", {operand(g, n)}).out()};
  if (p.mode == "wrap") return {g.name_of(wrapped(n.args()[0], p))};
  Ints pads = p.low;
  for (const i64 high : p.high) pads.push_back(high);
  const bool crops = std::ranges::any_of(pads, [](i64 k) { return k < 0; });
  require(p.mode == "constant" || !crops, "mode {} of a cropped tensor", p.mode);
  std::vector<std::string> in{operand(g, n), g.constant(pads)};
  if (p.mode == "constant") in.push_back(g.number(p.value, n.args()[0].dtype()));
  return {g.add("Pad", in).set("mode", p.mode).out()};
}
Names tile_of(GraphWriter& g, const Node& n) {
  return {g.add("Tile", {operand(g, n), g.constant(get_if<Tile>(n.op())->repeats)}).out()};
}
template <class Op>
Names triangle(GraphWriter& g, const Node& n, bool upper) {
  require(g.opset() >= 14, "it needs opset 14");
  const Array k = Array::scalar(Number::of_int(get_if<Op>(n.op())->k), DType::I64);
  return {g.add("Trilu", {operand(g, n), g.constant(k)}).set("upper", i64{upper}).out()};
}
Names tril_of(GraphWriter& g, const Node& n) { return triangle<Tril>(g, n, false); }
Names triu_of(GraphWriter& g, const Node& n) { return triangle<Triu>(g, n, true); }
/// ONNX has images only, and runtimes only floats of them.
Value moved_to_space(const Value& x, const Shape& to, const DepthToSpace& op) {
  const bool blocks_first = op.mode == "DCR";
  const std::size_t rank = to.size() - 2;
  Shape parts{to[0]};
  if (!blocks_first) parts.push_back(to[1]);
  for (std::size_t d = 0; d < rank; ++d) parts.push_back(op.block);
  if (blocks_first) parts.push_back(to[1]);
  for (std::size_t d = 0; d < rank; ++d) parts.push_back(x.shape()[d + 2]);
  Ints order{0, blocks_first ? static_cast<i64>(rank) + 1 : 1};
  for (i64 d = 0; d < static_cast<i64>(rank); ++d) {
    order.push_back(static_cast<i64>(rank) + 2 + d);
    order.push_back(blocks_first ? 1 + d : 2 + d);
  }
  return reshape(transpose(reshape(x, parts), order), to);
}
Names depth_to_space_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<DepthToSpace>(n.op());
  const Value& x = n.args()[0];
  if (x.rank() != 4 || !is_float(x.dtype())) return {g.name_of(moved_to_space(x, n.types()[0].shape, op))};
  return {g.add("DepthToSpace", {operand(g, n)}).set("blocksize", op.block).set("mode", op.mode).out()};
}
Names full_of(GraphWriter& g, const Node& n) {
  const Type& t = n.types()[0];
  const Number value = *uniform_value(Value(n.ref(), 0));
  const std::string one = g.constant(Array::scalar(value, t.dtype));
  return {g.add("Expand", {one, g.extents(t.shape)}).out()};
}
/// What has no operands is computed here and now.
Names computed(GraphWriter& g, const Node& n) {
  require(is_concrete(n.types()[0]), "{} has unknown extents", n.types()[0]);
  return {g.constant(interpret(n.op(), {})[0])};
}
Names gather_of(GraphWriter& g, const Node& n) {
  return {g.add("Gather", {operand(g, n), operand(g, n, 1)}).set("axis", get_if<Gather>(n.op())->axis).out()};
}
Names lookup_of(GraphWriter& g, const Node& n) {
  return {g.add("Gather", {operand(g, n), operand(g, n, 1)}).set("axis", i64{0}).out()};
}
Names take_along_axis_of(GraphWriter& g, const Node& n) {
  const i64 axis = get_if<TakeAlongAxis>(n.op())->axis;
  return {g.add("GatherElements", {operand(g, n), operand(g, n, 1)}).set("axis", axis).out()};
}
Names gather_nd_of(GraphWriter& g, const Node& n) {
  const i64 batch = get_if<GatherNd>(n.op())->batch_dims;
  const Shape& positions = n.args()[1].shape();
  require(!(positions.back() == Dim(0)), "positions of no dimensions");
  return {g.add("GatherND", {operand(g, n), operand(g, n, 1)}).set("batch_dims", batch).out()};
}
/// Of i64 or f32, of which runtimes have it, whatever types the operands are.
Names one_hot_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<OneHot>(n.op());
  const Value& ids = n.args()[0];
  if (ids.rank() == 0) return {g.name_of(reshape(one_hot(reshape(ids, {1}), op.depth, op.dtype), {op.depth}))};
  const DType written = op.dtype == DType::F32 ? DType::F32 : DType::I64;
  Array values(written, {2});
  values.set(0, 0.0);
  values.set(1, 1.0);
  const std::string depth = g.constant(Array::scalar(Number::of_int(op.depth), DType::I64));
  const std::string positions = ids.dtype() == DType::I64 ? operand(g, n) : g.cast(operand(g, n), DType::I64);
  const std::string y = g.add("OneHot", {positions, depth, g.constant(values)}).set("axis", i64{-1}).out();
  return {op.dtype == written ? y : g.cast(y, op.dtype)};
}
Names shape_of_written(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<ShapeOf>(n.op());
  require(g.opset() >= 15 || (op.start == 0 && op.stop.empty()), "a part of a shape needs opset 15");
  auto node = g.add("Shape", {operand(g, n)});
  if (op.start != 0) node.set("start", op.start);
  if (!op.stop.empty()) node.set("end", op.stop[0]);
  return {node.out()};
}
Names reshape_to_of(GraphWriter& g, const Node& n) {
  const bool zero = get_if<ReshapeTo>(n.op())->zero_is_zero;
  require(!zero || g.opset() >= 14, "an extent of 0 needs opset 14");
  auto node = g.add("Reshape", {operand(g, n), operand(g, n, 1)});
  return {(zero ? node.set("allowzero", i64{1}) : node).out()};
}
Names broadcast_to_of(GraphWriter& g, const Node& n) {
  return {g.add("Expand", {operand(g, n), operand(g, n, 1)}).out()};
}
Names range_of(GraphWriter& g, const Node& n) {
  return {g.add("Range", {operand(g, n), operand(g, n, 1), operand(g, n, 2)}).out()};
}
Names cumsum_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<Cumsum>(n.op());
  const std::string axis = g.constant(Array::scalar(Number::of_int(op.axis), DType::I64));
  return {
      g.add("CumSum", {operand(g, n), axis}).set("exclusive", i64{op.exclusive}).set("reverse", i64{op.reverse}).out()};
}
/// What is not sorted has the order of positions with us, and any with ONNX.
Names top_k_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<TopK>(n.op());
  if (!op.sorted) {
    const Value& x = n.args()[0];
    const Value positions = top_k(top_k(x, op.k, op.axis, op.largest).positions, op.k, op.axis, false).values;
    return {g.name_of(take_along_axis(x, positions, op.axis)), g.name_of(positions)};
  }
  const auto node = g.add("TopK", {operand(g, n), g.constant(Ints{op.k})}, 2)
                        .set("axis", op.axis)
                        .set("largest", i64{op.largest})
                        .set("sorted", i64{1});
  return {node.out(0), node.out(1)};
}

constexpr Writer kWriters[] = {{"arange", computed},
                               {"broadcast", broadcast_of},
                               {"broadcast_to", broadcast_to_of},
                               {"concatenate", concatenate_of},
                               {"cumsum", cumsum_of},
                               {"depth_to_space", depth_to_space_of},
                               {"expand_dims", expand_dims_of},
                               {"eye", computed},
                               {"flip", flip_of},
                               {"full", full_of},
                               {"gather", gather_of},
                               {"gather_nd", gather_nd_of},
                               {"iota", computed},
                               {"lookup", lookup_of},
                               {"one_hot", one_hot_of},
                               {"pad", pad_of},
                               {"range", range_of},
                               {"reshape", reshape_of},
                               {"reshape_to", reshape_to_of},
                               {"shape_of", shape_of_written},
                               {"slice", slice_of},
                               {"squeeze", squeeze_of},
                               {"take_along_axis", take_along_axis_of},
                               {"tile", tile_of},
                               {"top_k", top_k_of},
                               {"transpose", transpose_of},
                               {"tril", tril_of},
                               {"triu", triu_of}};

}  // namespace

std::span<const Writer> shape_writers() { return kWriters; }

}  // namespace tenon::onnx
