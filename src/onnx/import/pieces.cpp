// Parts of tensors, tensors side by side, and elements that are added at the sides or moved.
#include <algorithm>

#include "onnx/converters.h"
#include "onnx/import/lists.h"

namespace tenon::onnx {

void ask_if_possible(const NodeView& n, std::size_t k) {
  try {
    n.value(k);
  } catch (const NeedsInputs&) {
    throw;
  } catch (const Error&) {
    return;
  }
}

Value positions_between(const NodeView& n, const Value& start, const Value& limit, i64 step) {
  return apply_op(make_op(Range{n.scope().fresh("range")}), {{start, limit, i64_scalar(step)}});
}

Value part_of(const NodeView& n, const Value& x, i64 axis, Dim start, Dim stop) {
  const Dim extent = x.shape()[static_cast<std::size_t>(axis)];
  if (start == 0 && stop == extent) return x;
  if (n.is_known(extent) && n.is_known(start) && n.is_known(stop)) return slice_axis(x, axis, start, stop);
  fail("elements {} to {} of dimension {} of {}, an extent that data decides, are not supported", start, stop, axis,
       x.type());
}

Value checked_below(const Value& integers, Dim limit, const std::string& label) {
  const Value all = iota<Value>({limit});
  const expr::Input table(0, all.type()), given(1, integers.type());
  const auto out = expr::indices(integers.shape());
  expr::Expr e = expr::compute({all.type(), integers.type()}, expr::dims(out), table(given(expr::ats(out))));
  return apply_op(make_op(Formula{std::move(e), label}), std::vector<Value>{all, integers});
}

Value places_where(const NodeView& n, const Value& condition) {
  return apply_op(make_op(NonZero{n.scope().fresh("non_zero")}), {{condition}});
}

namespace {

using Results = std::vector<Value>;

Results concat_node(const NodeView& n) {
  const i64 axis = n.opset() < 4 ? n.integer("axis", 1) : n.integer("axis");
  std::vector<Value> parts;
  for (std::size_t k = 0; k < n.inputs(); ++k) {
    parts.push_back(n.in(k));
    require(parts[k].dtype() == parts[0].dtype(), "input {} has elements of {}, input 0 of {}", k, parts[k].dtype(),
            parts[0].dtype());
  }
  require(!parts.empty(), "there is no input");
  return {concatenate(std::span<const Value>(parts), axis)};
}

/// The extents of the parts where nothing lists them.
Shape even_parts(const NodeView& n, Dim extent) {
  const i64 count = n.integer("num_outputs", static_cast<i64>(n.outputs()));
  require(count == static_cast<i64>(n.outputs()), "attribute num_outputs is {}, but there are {} outputs", count,
          n.outputs());
  require(count > 0, "there is no output");
  Shape parts;
  if (const auto each = exact_quotient(extent, count)) {
    for (i64 k = 0; k < count; ++k) parts.push_back(*each);
    return parts;
  }
  if (!n.is_known(extent)) fail("an extent that data decides cannot be split evenly");
  require(n.opset() >= 18, "{} elements cannot be split into {} equal parts", extent, count);
  const i64 each = (extent + count - 1) / count;
  for (i64 rest = extent; static_cast<i64>(parts.size()) < count; rest -= parts.back())
    parts.push_back(std::min(each, rest));
  return parts;
}

Results split_node(const NodeView& n) {
  const Value x = n.in(0);
  const i64 axis = normal_axis(n.integer("axis", 0), x.rank());
  const Dim extent = x.shape()[static_cast<std::size_t>(axis)];
  Shape parts;
  if (n.opset() < 13 && n.has_attribute("split")) {
    const Ints split = n.ints("split");
    parts = Shape(split.begin(), split.end());
  } else {
    parts = n.has(1) ? n.extents(1) : even_parts(n, extent);
  }
  require(parts.size() == n.outputs(), "there are {} parts but {} outputs", parts.size(), n.outputs());
  Dim total = 0;
  for (const Dim p : parts) total += p;
  require(total == extent, "the parts {} have {} elements, but {} has {} along axis {}", parts, total, x.type(), extent,
          axis);
  Results results;
  Dim from = 0;
  for (const Dim p : parts) {
    require(!p.is_constant() || p >= 0, "the parts {} have a negative extent", parts);
    results.push_back(part_of(n, x, axis, from, from + p));
    from += p;
  }
  return results;
}

/// What Slice says of one axis.
struct Cut {
  i64 axis;
  Value start, stop;
  std::optional<Dim> first, last;  ///< where they are known
  i64 step;
};

/// Positions as Slice means them, by values that need not be known.
Value cut_by_data(const NodeView& n, const Value& x, const Cut& c) {
  const Value extent = extent_of(x, c.axis);
  const bool up = c.step > 0;
  const Value most = up ? extent : extent - 1;
  auto position = [&](const Value& p, i64 least) {
    return minimum(maximum(where(p < 0, p + extent, p), least), maximum(most, least));
  };
  return gather(x, positions_between(n, position(c.start, 0), position(c.stop, up ? 0 : -1), c.step), c.axis);
}

/// Numbers as far as Python's slices take them: a stop beyond the end is not the absence of one.
i64 clipped(i64 position) { return std::clamp(position, -(i64{1} << 60), i64{1} << 60); }

std::optional<Shape> positions_of(const NodeView& n, std::size_t k) {
  const auto known = n.known(k);
  if (!known) return n.extents_or_data(k);
  Shape positions;
  for (i64 p = 0; p < known->count(); ++p) positions.push_back(clipped(known->at(p).as_int()));
  return positions;
}

Value cut(const NodeView& n, const Value& x, const Cut& c) {
  const Dim extent = x.shape()[static_cast<std::size_t>(c.axis)];
  if (!c.first || !c.last) return cut_by_data(n, x, c);
  Dim first = *c.first;
  const Dim last = *c.last;
  if (c.step < 0 && first.is_constant() && first < -1) {
    // Unlike in Python, a start before the first element is the first element.
    if (!extent.is_constant()) return cut_by_data(n, x, c);
    first = std::max(first.value(), -extent.value());
  }
  const bool to_end = last == extent || (last.is_constant() && last >= Dim::kUnbounded);
  if (c.step == 1 && first == 0 && to_end) return x;
  if (n.is_known(extent) && n.is_known(first) && n.is_known(last))
    return slice_axis(x, c.axis, clipped(first), clipped(last), c.step);
  return cut_by_data(n, x, c);
}

Results slice_node(const NodeView& n) {
  Value x = n.in(0);
  std::optional<Shape> starts, stops;
  std::optional<Ints> axes, steps;
  if (n.opset() < 10) {
    const Ints from = n.ints("starts"), to = n.ints("ends");
    starts = Shape(), stops = Shape();
    // The largest integers stand for the end.
    for (const i64 p : from) starts->push_back(clipped(p));
    for (const i64 p : to) stops->push_back(clipped(p));
    if (n.has_attribute("axes")) axes = n.ints("axes");
  } else {
    starts = positions_of(n, 1), stops = positions_of(n, 2);
    if (n.has(3)) axes = n.ints_of(3);
    if (n.has(4)) steps = n.ints_of(4);
  }
  const i64 count = starts ? static_cast<i64>(starts->size()) : n.in(1).shape()[0].value();
  const Ints over = axes ? axes_in(*axes, x.rank()) : all_axes(count);
  require(static_cast<i64>(over.size()) == count && count <= x.rank() &&
              (!stops || static_cast<i64>(stops->size()) == count) && (!steps || steps->size() == over.size()),
          "there are {} starts for {} axes of {}; expected a start, an end and perhaps a step for each axis", count,
          over.size(), x.type());
  auto element = [&](std::size_t input, i64 k) {
    return n.opset() < 10 ? Value() : cast(select(n.in(input), 0, k), DType::I64);
  };
  for (i64 k = 0; k < count; ++k) {
    const auto at = static_cast<std::size_t>(k);
    Cut c{over[at], element(1, k), element(2, k), {}, {}, steps ? (*steps)[at] : 1};
    if (starts) c.first = (*starts)[at];
    if (stops) c.last = (*stops)[at];
    require(c.step != 0, "the step of axis {} is 0", c.axis);
    if (n.opset() < 10) c.start = i64_scalar(*c.first), c.stop = i64_scalar(*c.last);
    x = cut(n, x, c);
  }
  return {x};
}

/// Elements that a double holds stand in the operator; others, and those that data decides, behind a mask.
Value padded(const NodeView& n, const Value& x, const Ints& low, const Ints& high) {
  constexpr i64 kExact = i64{1} << 53;
  if (n.opset() < 11) return pad(x, low, high, n.real("value", 0.0));
  if (!n.has(2)) return pad(x, low, high, 0);
  require(n.in(2).dtype() == x.dtype(), "the value is {}, and must be of the type of {}", n.in(2).type(), x.type());
  if (const auto value = n.known(2)) {
    require(value->count() == 1, "the value is {}, and must be a scalar", value->type());
    const Number v = value->at(0);
    if (!v.integral || (v.i >= -kExact && v.i <= kExact)) return pad(x, low, high, v.as_double());
  }
  require(x.dtype() != DType::Str, "texts can be padded by the empty text only");
  const Value inside = pad(broadcast(constant_of(Array::scalar(Number::of_int(1), DType::Bool)), x.shape()), low, high);
  return where(inside, pad(x, low, high), as_scalar(n.in(2)));
}

/// Where elements come from when a mode repeats them more than once: position p of an axis of `extent` elements.
i64 source_of(const std::string& mode, i64 p, i64 extent) {
  if (mode == "wrap") return ((p % extent) + extent) % extent;
  const i64 period = 2 * (extent - 1), at = ((p % period) + period) % period;
  return at < extent ? at : period - at;
}

Value repeated_at_sides(const NodeView& n, const Value& x, const std::string& mode, i64 axis, i64 low, i64 high) {
  if (low == 0 && high == 0) return x;
  const Dim extent = x.shape()[static_cast<std::size_t>(axis)];
  if (mode != "edge" && n.is_known(extent) && std::max(low, high) > extent - (mode == "reflect")) {
    constexpr i64 kMostListed = i64{1} << 24;
    require(low <= kMostListed && high <= kMostListed,
            "pads of {} and {} with mode {} are too large; expected up to {}", low, high, mode, kMostListed);
    require(extent > (mode == "reflect"), "{} has too few elements along axis {} to {} them", x.type(), axis, mode);
    Ints from;
    for (i64 p = -low; p < extent + high; ++p) from.push_back(source_of(mode, p, extent));
    return gather(x, constant_of(from), axis);
  }
  Ints before(x.shape().size(), 0), after = before;
  before[static_cast<std::size_t>(axis)] = low, after[static_cast<std::size_t>(axis)] = high;
  return pad(x, before, after, mode);
}

Results pad_node(const NodeView& n) {
  Value x = n.in(0);
  const Ints pads = n.opset() < 2 ? n.ints("paddings") : n.opset() < 11 ? n.ints("pads") : n.ints_of(1);
  const Ints axes = n.opset() >= 18 && n.has(3) ? axes_in(n.ints_of(3), x.rank()) : all_axes(x.rank());
  require(pads.size() == 2 * axes.size(), "there are {} pads for {} axes; expected two for each", pads.size(),
          axes.size());
  const std::string mode = n.text("mode", "constant");
  require(mode == "constant" || mode == "reflect" || mode == "edge" || (mode == "wrap" && n.opset() >= 19),
          "attribute mode is '{}', and must be constant, reflect, edge or, from opset 19 on, wrap", mode);
  Ints low(x.shape().size(), 0), high = low;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    low[static_cast<std::size_t>(axes[k])] = pads[k];
    high[static_cast<std::size_t>(axes[k])] = pads[k + axes.size()];
  }
  if (mode == "constant") return {padded(n, x, low, high)};
  for (i64 a = 0; a < x.rank(); ++a) {
    // What is cropped is not repeated.
    const i64 before = low[static_cast<std::size_t>(a)], after = high[static_cast<std::size_t>(a)];
    const Dim extent = x.shape()[static_cast<std::size_t>(a)];
    x = part_of(n, x, a, std::max<i64>(-before, 0), extent - std::max<i64>(-after, 0));
    x = repeated_at_sides(n, x, mode, a, std::max<i64>(before, 0), std::max<i64>(after, 0));
  }
  return {x};
}

Results center_crop_pad_node(const NodeView& n) {
  Value x = n.in(0);
  const Ints axes = n.has_attribute("axes") ? axes_in(n.ints("axes"), x.rank()) : all_axes(x.rank());
  const Ints wanted = n.ints_of(1);
  require(wanted.size() == axes.size(), "there are {} extents for {} axes", wanted.size(), axes.size());
  Ints low(x.shape().size(), 0), high = low;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const auto a = static_cast<std::size_t>(axes[k]);
    if (!n.is_known(x.shape()[a])) fail("{} has an extent along axis {} that data decides", x.type(), axes[k]);
    const i64 more = wanted[k] - x.shape()[a];
    require(wanted[k] >= 0, "the shape {} has a negative extent", wanted);
    if (more < 0) x = slice_axis(x, axes[k], -more / 2, -more / 2 + wanted[k]);
    if (more > 0) low[a] = more / 2, high[a] = more - more / 2;
  }
  return {pad(x, low, high)};
}

Results compress_node(const NodeView& n) {
  const bool whole = !n.has_attribute("axis");
  const Value x = whole ? flatten(n.in(0)) : n.in(0);
  require(n.in(1).rank() == 1, "the condition is {}, and must have one dimension", n.in(1).type());
  const auto known = n.known(1);
  const Value places = places_where(n, known ? constant_of(*known) : n.in(1));
  return {gather(x, squeeze(places, {0}), whole ? 0 : n.integer("axis"))};
}

Results reverse_sequence_node(const NodeView& n) {
  const Value x = n.in(0), lengths = n.in(1);
  require(x.rank() >= 2, "the input is {}, and must have at least two dimensions", x.type());
  const i64 batch = normal_axis(n.integer("batch_axis", 1), x.rank());
  const i64 time = normal_axis(n.integer("time_axis", 0), x.rank());
  require(batch != time, "attributes batch_axis and time_axis are both {}", batch);
  require(lengths.rank() == 1 && lengths.shape()[0] == x.shape()[static_cast<std::size_t>(batch)],
          "sequence_lens is {}, and must have one length for each of {} along axis {}", lengths.type(), x.type(),
          batch);
  const expr::Input of_x(0, x.type()), of_lengths(1, lengths.type());
  const auto out = expr::indices(x.shape());
  auto at = expr::ats(out);
  const expr::Scalar t = expr::value(out[static_cast<std::size_t>(time)]);
  const expr::Scalar length = expr::cast(DType::I64, of_lengths(out[static_cast<std::size_t>(batch)]));
  at[static_cast<std::size_t>(time)] = expr::where(t < length, length - 1 - t, t);
  return {formula(expr::compute({x.type(), lengths.type()}, expr::dims(out), of_x(at)), {x, lengths})};
}

Results depth_to_space_node(const NodeView& n) {
  const std::string mode = n.text("mode", "DCR");
  require(mode == "DCR" || mode == "CRD", "attribute mode is '{}', and must be DCR or CRD", mode);
  return {depth_to_space(n.in(0), n.integer("blocksize"), mode)};
}
Results space_to_depth_node(const NodeView& n) { return {space_to_depth(n.in(0), n.integer("blocksize"))}; }

Results col2im_node(const NodeView& n) {
  const Ints image = n.ints_of(1), block = n.ints_of(2), ones(image.size(), 1), zeros(2 * image.size(), 0);
  const Ints pads = n.ints("pads", zeros);
  require(pads.size() == zeros.size(), "there are {} pads for {} dimensions", pads.size(), image.size());
  const auto half = pads.begin() + static_cast<std::ptrdiff_t>(image.size());
  Fold fold{image, block, n.ints("strides", ones), n.ints("dilations", ones), {}, {}};
  fold.pads_begin = Ints(pads.begin(), half), fold.pads_end = Ints(half, pads.end());
  return {apply_op(make_op(std::move(fold)), {{n.in(0)}})};
}

constexpr Entry kPieces[] = {{"CenterCropPad", center_crop_pad_node},
                             {"Col2Im", col2im_node},
                             {"Compress", compress_node},
                             {"Concat", concat_node},
                             {"DepthToSpace", depth_to_space_node},
                             {"Pad", pad_node},
                             {"ReverseSequence", reverse_sequence_node},
                             {"Slice", slice_node},
                             {"SpaceToDepth", space_to_depth_node},
                             {"Split", split_node}};

}  // namespace

std::span<const Entry> piece_operators() { return kPieces; }

}  // namespace tenon::onnx
