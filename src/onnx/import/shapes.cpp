// Other shapes for the same elements, repeated elements, shapes as values, and tensors made from shapes.
#include "onnx/converters.h"
#include "onnx/import/lists.h"
#include "onnx/tensors.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

Results reshape_node(const NodeView& n) {
  const Value x = n.in(0);
  const bool zero_is_zero = n.flag("allowzero", false);
  std::optional<Shape> to;
  if (n.opset() < 5) {
    const Ints shape = n.ints("shape");
    to = Shape(shape.begin(), shape.end());
  } else {
    to = n.extents_or_data(1);
  }
  if (!to) return {apply_op(make_op(ReshapeTo{zero_is_zero, n.scope().fresh("reshaped")}), {{x, n.in(1)}})};
  for (std::size_t d = 0; d < to->size() && !zero_is_zero; ++d) {
    if ((*to)[d] != 0) continue;
    require(d < x.shape().size(), "the shape {} has 0 at dimension {}, which {} does not have", *to, d, x.type());
    (*to)[d] = x.shape()[d];
  }
  return {reshape(x, *to)};
}

Results flatten_node(const NodeView& n) {
  const Value x = n.in(0);
  const i64 axis = n.integer("axis", 1);
  require(axis >= -x.rank() && axis <= x.rank(), "axis {} is out of range for {}", axis, x.type());
  const auto at = x.shape().begin() + (axis < 0 ? axis + x.rank() : axis);
  return {reshape(x, {symbolic_count(Shape(x.shape().begin(), at)), symbolic_count(Shape(at, x.shape().end()))})};
}

Results transpose_node(const NodeView& n) { return {transpose(n.in(0), n.ints("perm", Ints{}))}; }

Results squeeze_node(const NodeView& n) {
  const Value x = n.in(0);
  const auto axes = list_of(n, "axes", 13, 1);
  if (!axes) return {squeeze(x)};
  return {axes->empty() ? x : squeeze(x, axes_in(*axes, x.rank()))};
}

Results unsqueeze_node(const NodeView& n) {
  const auto axes = list_of(n, "axes", 13, 1);
  require(axes.has_value(), "the axes are missing");
  return {expand_dims(n.in(0), axes_in(*axes, n.in(0).rank() + static_cast<i64>(axes->size())))};
}

Results expand_node(const NodeView& n) {
  const auto to = n.extents_or_data(1);
  if (!to) return {apply_op(make_op(BroadcastTo{n.scope().fresh("broadcast")}), {{n.in(0), n.in(1)}})};
  return {broadcast(n.in(0), broadcast_shapes(n.in(0).shape(), *to))};
}

/// Each dimension repeated, by way of a new one in front of it.
Value repeated(const Value& x, const Shape& repeats) {
  Shape apart, wide, joined;
  for (std::size_t d = 0; d < repeats.size(); ++d) {
    const Dim extent = x.shape()[d];
    for (const Dim e : {Dim(1), extent}) apart.push_back(e);
    for (const Dim e : {repeats[d], extent}) wide.push_back(e);
    joined.push_back(repeats[d] * extent);
  }
  return reshape(broadcast(reshape(x, apart), wide), joined);
}

/// The same where data says how often.
Value repeated_by_data(const NodeView& n, Value x, const Value& repeats) {
  const Value counts = cast(repeats, DType::I64), one = constant_of(Ints{1}), any = constant_of(Ints{-1});
  for (i64 d = 0; d < x.rank(); ++d) {
    const Value extents = shape_of(x), ahead = slice_axis(extents, 0, 0, d), behind = slice_axis(extents, 0, d + 1);
    const Value count = slice_axis(counts, 0, d, d + 1), here = slice_axis(extents, 0, d, d + 1);
    const Value wide = apply_op(make_op(BroadcastTo{n.scope().fresh("repeated")}),
                                {{expand_dims(x, {d}), concatenate({ahead, count, here, behind})}});
    x = apply_op(make_op(ReshapeTo{true, n.scope().fresh("tiled")}),
                 {{wide, concatenate({ahead, mul(count, here), behind})}});
  }
  return x;
}

Results tile_node(const NodeView& n) {
  const Value x = n.in(0);
  if (n.opset() < 6) {
    Ints repeats(x.shape().size(), 1);
    const Ints tiles = n.ints_of(1), axis = n.ints_of(2);
    require(tiles.size() == 1 && axis.size() == 1, "there are {} tiles and {} axes; expected one of each", tiles.size(),
            axis.size());
    repeats[static_cast<std::size_t>(normal_axis(axis[0], x.rank()))] = tiles[0];
    return {tile(x, repeats)};
  }
  require(n.in(1).shape() == Shape{x.rank()}, "the repeats are {}; expected one for each dimension of {}",
          n.in(1).type(), x.type());
  const auto repeats = n.extents_or_data(1);
  if (!repeats) return {repeated_by_data(n, x, n.in(1))};
  return {is_concrete(*repeats) ? tile(x, Ints(repeats->begin(), repeats->end())) : repeated(x, *repeats)};
}

Results shape_node(const NodeView& n) {
  require(n.in(0).type().is_dense(), "the operand is {}, and must be a tensor", n.in(0).type());
  const Ints stop = n.has_attribute("end") ? Ints{n.integer("end")} : Ints{};
  return {apply_op(make_op(ShapeOf{n.integer("start", 0), stop}), {{n.in(0)}})};
}

Results size_node(const NodeView& n) {
  const Value x = n.in(0);
  Value count = i64_scalar(1);
  for (i64 d = 0; d < x.rank(); ++d) count = d == 0 ? extent_of(x, d) : count * extent_of(x, d);
  return {count};
}

Results constant_of_shape_node(const NodeView& n) {
  const Array value = n.has_attribute("value") ? n.tensor("value") : Array::full({DType::F32, {}}, Number(0.0));
  require(value.count() == 1, "attribute value is {}, and must have one element", value.type());
  const Value scalar = constant_of(value.reshaped({}));
  const auto extents = n.extents_or_data(0);
  if (!extents) return {apply_op(make_op(Fill{n.scope().fresh("filled")}), {{n.in(0), scalar}})};
  for (const Dim d : *extents) require(!d.is_constant() || d >= 0, "the shape {} has a negative extent", *extents);
  return {broadcast(scalar, *extents)};
}

Results range_node(const NodeView& n) {
  std::vector<Value> in;
  for (std::size_t k = 0; k < 3; ++k) {
    const Value v = n.in(k);
    if (!known_value(v) && !extents_of(operand_of(v)) && n.scope().worth_asking(v)) n.value(k);
    const auto number = n.known(k);
    require(!number || number->count() == 1, "input {} is {}, and must have one element", k, v.type());
    in.push_back(number ? constant_of(number->reshaped({})) : as_scalar(v));
  }
  return {apply_op(make_op(Range{n.scope().fresh("range")}), in)};
}

Results eye_like_node(const NodeView& n) {
  const Value x = n.in(0);
  require(x.rank() == 2, "the operand is {}, and must have two dimensions", x.type());
  const DType t = n.has_attribute("dtype") ? dtype_of_onnx(static_cast<std::int32_t>(n.integer("dtype"))) : x.dtype();
  const Value diagonal = iota<Value>(x.shape(), 1) - iota<Value>(x.shape(), 0);
  return {cast(equal(diagonal, i64_scalar(n.integer("k", 0))), t)};
}

Results trilu_node(const NodeView& n) {
  const Value x = n.in(0);
  const bool upper = n.flag("upper", true);
  require(x.rank() >= 2, "the operand is {}, and must have at least two dimensions", x.type());
  const auto k = n.has(1) ? n.known(1) : std::optional(Array::scalar(Number::of_int(0), DType::I64));
  if (k) {
    require(k->count() == 1, "k is {}, and must have one element", k->type());
    return {upper ? triu(x, k->at(0).as_int()) : tril(x, k->at(0).as_int())};
  }
  const Shape last(x.shape().end() - 2, x.shape().end());
  const Value diagonal = iota<Value>(last, 1) - iota<Value>(last, 0), from = as_scalar(n.in(1));
  return {where(upper ? diagonal >= from : diagonal <= from, x, zeros_like(x))};
}

constexpr Entry kShapes[] = {{"ConstantOfShape", constant_of_shape_node},
                             {"Expand", expand_node},
                             {"EyeLike", eye_like_node},
                             {"Flatten", flatten_node},
                             {"Range", range_node},
                             {"Reshape", reshape_node},
                             {"Shape", shape_node},
                             {"Size", size_node},
                             {"Squeeze", squeeze_node},
                             {"Tile", tile_node},
                             {"Transpose", transpose_node},
                             {"Trilu", trilu_node},
                             {"Unsqueeze", unsqueeze_node}};

}  // namespace

std::span<const Entry> shape_operators() { return kShapes; }

}  // namespace tenon::onnx
