// Elements at positions that are data, and positions of elements.
#include "onnx/converters.h"
#include "onnx/import/lists.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

/// Input k with negative positions counted from the end of the extents: one, or one for each element of the last
/// dimension.
Value positions_from_end(const NodeView& n, std::size_t k, const Shape& extents) {
  const Value ids = n.in(k);
  require(is_integer(ids.dtype()), "the positions are {}, and must be integers", ids.type());
  const auto known = n.known(k);
  if (!known) return from_end(ids, extents);
  Array constant = known->cast(DType::I64).clone();
  bool open = false;  // a negative position whose extent is no number
  for (i64 p = 0; p < constant.count(); ++p) {
    const i64 id = constant.at(p).as_int();
    const Dim extent = extents[static_cast<std::size_t>(p) % extents.size()];
    open |= id < 0 && !extent.is_constant();
    if (id < 0 && extent.is_constant()) constant.set(p, Number::of_int(id + extent.value()));
  }
  return open ? from_end(constant_of(known->cast(DType::I64)), extents) : constant_of(constant);
}

Dim extent_at(const Value& x, i64 axis) { return x.shape()[static_cast<std::size_t>(axis)]; }

Results gather_node(const NodeView& n) {
  const Value x = n.in(0);
  const i64 axis = normal_axis(n.integer("axis", 0), x.rank());
  return {gather(x, positions_from_end(n, 1, {extent_at(x, axis)}), axis)};
}

Results gather_elements_node(const NodeView& n) {
  Value x = n.in(0);
  const i64 axis = normal_axis(n.integer("axis", 0), x.rank());
  const Value ids = positions_from_end(n, 1, {extent_at(x, axis)});
  require(ids.rank() == x.rank(), "the positions are {}, and must have as many dimensions as {}", ids.type(), x.type());
  for (i64 a = 0; a < x.rank(); ++a)
    if (a != axis) x = part_of(n, x, a, 0, extent_at(ids, a));
  return {take_along_axis(x, ids, axis)};
}

/// Extents of the dimensions that the last dimension of input k names, behind the first `batch`.
Shape named_extents(const NodeView& n, std::size_t k, const Value& x, i64 batch) {
  const Type& ids = n.in(k).type();
  require(ids.rank() >= 1 && ids.shape.back().is_constant(), "the positions are {}, and must have a last dimension",
          ids);
  const i64 m = ids.shape.back();
  require(batch >= 0 && m >= 1 && batch + m <= x.rank(), "the positions are {}; {} has no {} dimensions behind {}", ids,
          x.type(), m, batch);
  return {x.shape().begin() + batch, x.shape().begin() + batch + m};
}

Results gather_nd_node(const NodeView& n) {
  const Value x = n.in(0);
  const i64 batch = n.integer("batch_dims", 0);
  return {gather_nd(x, positions_from_end(n, 1, named_extents(n, 1, x, batch)), batch)};
}

/// add and mul since opset 16, max and min since 18.
std::string reduction_of(const NodeView& n) {
  const std::string how = n.text("reduction", "none");
  const bool known = how == "none" || (n.opset() >= 16 && (how == "add" || how == "mul")) ||
                     (n.opset() >= 18 && (how == "max" || how == "min"));
  require(known, "attribute reduction is '{}', and must be none, add, mul (opset 16), max or min (opset 18)", how);
  return how;
}

Results scatter_elements_node(const NodeView& n) {
  const Value x = n.in(0);
  const i64 axis = normal_axis(n.integer("axis", 0), x.rank());
  return {scatter_elements(x, positions_from_end(n, 1, {extent_at(x, axis)}), n.in(2), axis, reduction_of(n))};
}

Results scatter_nd_node(const NodeView& n) {
  const Value x = n.in(0);
  return {scatter_nd(x, positions_from_end(n, 1, named_extents(n, 1, x, 0)), n.in(2), reduction_of(n))};
}

/// A number that is an extent: known, asked for, or nothing where data decides.
std::optional<Dim> number_of(const NodeView& n, std::size_t k, const Value& number) {
  if (const Array* known = n.scope().known(number)) return known->at(0).as_int();
  if (const auto extents = extents_of(operand_of(number))) return (*extents)[0];
  if (n.scope().worth_asking(number)) n.value(k);
  return {};
}

Results one_hot_node(const NodeView& n) {
  const Value depth = cast(as_scalar(n.in(1)), DType::I64), values = n.in(2);
  require(values.shape() == Shape{2}, "the values are {}, and must be two: off and on", values.type());
  const i64 rank = n.in(0).rank() + 1, axis = normal_axis(n.integer("axis", -1), rank);
  const auto extent = number_of(n, 1, depth);
  const Value classes = extent ? iota<Value>({*extent}) : positions_between(n, i64_scalar(0), depth);
  Shape beside(static_cast<std::size_t>(rank), 1);
  beside[static_cast<std::size_t>(axis)] = classes.shape()[0];
  const Value ids = expand_dims(cast(n.in(0), DType::I64), {axis});
  const Value hot = equal(where(ids < 0, ids + depth, ids), reshape(classes, beside));
  return {where(hot, select(values, 0, 1), select(values, 0, 0))};
}

Results non_zero_node(const NodeView& n) { return {places_where(n, n.in(0))}; }

Results unique_node(const NodeView& n) {
  Unique op{{}, n.flag("sorted", true), n.scope().fresh("unique")};
  if (n.has_attribute("axis")) op.axis = {normal_axis(n.integer("axis"), n.in(0).rank())};
  return apply_outputs(make_op(std::move(op)), {{n.in(0)}});
}

Results top_k_node(const NodeView& n) {
  const Value x = n.in(0);
  const i64 axis = normal_axis(n.integer("axis", -1), x.rank());
  const bool largest = n.flag("largest", true), sorted = n.flag("sorted", true);
  std::optional<Dim> k;
  if (n.opset() < 10) {
    k = n.integer("k");
  } else {
    require(n.in(1).shape() == Shape{} || n.in(1).shape() == Shape{1}, "K is {}, and must have one element",
            n.in(1).type());
    k = number_of(n, 1, n.in(1));
  }
  if (k && n.is_known(*k) && n.is_known(extent_at(x, axis))) {
    const Placed<Value> best = top_k(x, *k, axis, largest, sorted);
    return {best.values, best.positions};
  }
  const Value count = n.opset() < 10 ? i64_scalar(*k) : cast(as_scalar(n.in(1)), DType::I64);
  const Placed<Value> all = sort(x, axis, largest);
  const Value first = positions_between(n, i64_scalar(0), count);
  return {gather(all.values, first, axis), gather(all.positions, first, axis)};
}

template <Value (*Arg)(const Value&, i64, bool)>
Results arg_node(const NodeView& n) {
  const Value x = n.in(0);
  const i64 axis = normal_axis(n.integer("axis", 0), x.rank());
  const bool keep = n.flag("keepdims", true);
  if (!n.flag("select_last_index", false)) return {Arg(x, axis, keep)};
  return {extent_of(x, axis) - 1 - Arg(flip(x, {axis}), axis, keep)};
}

Results cum_sum_node(const NodeView& n) {
  const Ints axis = n.ints_of(1);
  require(axis.size() == 1, "there are {} axes; expected one", axis.size());
  return {cumsum(n.in(0), normal_axis(axis[0], n.in(0).rank()), n.flag("exclusive", false), n.flag("reverse", false))};
}

Value hard_max(const Value& x, i64 axis) {
  return cast(equal(iota<Value>(x.shape(), axis), arg_max(x, axis, true)), x.dtype());
}

/// Before opset 13, over all dimensions from the axis on.
Results hardmax_node(const NodeView& n) {
  const Value x = n.in(0);
  if (n.opset() >= 13) return {hard_max(x, normal_axis(n.integer("axis", -1), x.rank()))};
  const i64 axis = n.integer("axis", 1);
  require(axis >= -x.rank() && axis <= x.rank(), "axis {} is out of range for {}", axis, x.type());
  const i64 from = axis < 0 ? axis + x.rank() : axis;
  const Dim rows = symbolic_count(Shape(x.shape().begin(), x.shape().begin() + from));
  const Dim columns = symbolic_count(Shape(x.shape().begin() + from, x.shape().end()));
  return {reshape(hard_max(reshape(x, {rows, columns}), 1), x.shape())};
}

constexpr Entry kIndices[] = {{"ArgMax", arg_node<arg_max<Value>>},
                              {"ArgMin", arg_node<arg_min<Value>>},
                              {"CumSum", cum_sum_node},
                              {"Gather", gather_node},
                              {"GatherElements", gather_elements_node},
                              {"GatherND", gather_nd_node},
                              {"Hardmax", hardmax_node},
                              {"NonZero", non_zero_node},
                              {"OneHot", one_hot_node},
                              {"Scatter", scatter_elements_node},
                              {"ScatterElements", scatter_elements_node},
                              {"ScatterND", scatter_nd_node},
                              {"TopK", top_k_node},
                              {"Unique", unique_node}};

}  // namespace

std::span<const Entry> index_operators() { return kIndices; }

}  // namespace tenon::onnx
