// Convolutions.
#include <algorithm>

#include "onnx/converters.h"
#include "onnx/import/known.h"
#include "onnx/import/quantized.h"
#include "onnx/import/windows.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

Ints window_of(const Value& w, const Value& x) {
  require(w.rank() == x.rank(), "the weights are {}, and must have as many dimensions as input 0, {}", w.type(),
          x.type());
  return known_extents_from(w, 2);
}

Conv conv_of(const NodeView& n, const Value& x, const Value& w) {
  const WindowAttributes a = window_attributes(n, x, window_of(w, x));
  return {.stride = a.strides,
          .dilation = a.dilations,
          .pads_begin = a.begin,
          .pads_end = a.end,
          .groups = n.integer("group", 1)};
}

Results convolution(const NodeView& n) {
  const Value x = n.in(0), w = n.in(1);
  const Conv c = conv_of(n, x, w);
  return {n.has(2) ? conv(x, w, n.in(2), c) : conv(x, w, c)};
}

/// What makes the result `wanted` long: pads, or where they would be negative elements at the end.
void pad_to(i64 natural, i64 wanted, bool upper, i64& begin, i64& end) {
  const i64 total = natural - wanted;
  begin = total <= 0 ? 0 : upper ? total / 2 : total - total / 2;
  end = total - begin;
}

Results convolution_transpose(const NodeView& n) {
  const Value x = n.in(0), w = n.in(1);
  const std::size_t rank = spatial_rank(x);
  WindowAttributes a = window_sizes(n, rank, window_of(w, x));
  Ints padding = n.ints("output_padding", Ints{}), wanted = n.ints("output_shape", Ints{});
  if (padding.empty()) padding = Ints(rank, 0);
  require(padding.size() == rank, "attribute output_padding has {} numbers, and must have {}", padding.size(), rank);
  if (wanted.size() == rank + 2) wanted = Ints(wanted.begin() + 2, wanted.end());
  require(wanted.empty() || wanted.size() == rank, "attribute output_shape has {} numbers, and must have {}",
          wanted.size(), rank);
  const AutoPad how = auto_pad_of(n);
  if (how == AutoPad::Explicit && wanted.empty()) read_pads(n, a);
  const bool same = how == AutoPad::SameUpper || how == AutoPad::SameLower;
  for (std::size_t d = 0; d < rank && (same || !wanted.empty()); ++d) {
    const i64 extent = known_extent(x, d + 2);
    const i64 natural = (extent - 1) * a.strides[d] + padding[d] + a.dilations[d] * (a.size[d] - 1) + 1;
    require(!wanted.empty() || natural >= extent * a.strides[d],
            "attribute auto_pad would make dimension {} of the result {} long, but its windows reach only {}; "
            "implementations differ here, so say it by output_shape",
            d + 2, extent * a.strides[d], natural);
    pad_to(natural, wanted.empty() ? extent * a.strides[d] : wanted[d], how == AutoPad::SameUpper, a.begin[d],
           a.end[d]);
  }
  // Elements that output_padding adds at the end are the same as a pad less; our operator limits their number.
  for (std::size_t d = 0; d < rank; ++d) a.end[d] -= padding[d];
  const ConvTranspose c{.stride = a.strides,
                        .dilation = a.dilations,
                        .pads_begin = a.begin,
                        .pads_end = a.end,
                        .groups = n.integer("group", 1)};
  return {n.has(2) ? conv_transpose(x, w, n.in(2), c) : conv_transpose(x, w, c)};
}

/// Weights without their zero point, one for all or one for each of the first dimension.
Value centered_weights(const NodeView& n, std::size_t w, std::size_t zero) {
  return n.has(zero) ? centered(n.in(w), along_axis(n.in(zero), n.in(w), 0, "zero point of the weights"))
                     : cast(n.in(w), DType::I32);
}

Results convolution_of_integers(const NodeView& n) {
  const Value x = n.in(0);
  const Value shifted = n.has(2) ? centered(x, single(n.in(2), "input 2")) : cast(x, DType::I32);
  return {conv(shifted, centered_weights(n, 1, 3), conv_of(n, x, n.in(1)))};
}

Results quantized_convolution(const NodeView& n) {
  const Value x = n.in(0), w = n.in(3);
  const Value shifted = centered(x, single(n.in(2), "input 2")), weights = centered_weights(n, 3, 5);
  const Conv c = conv_of(n, x, w);
  const Value sum = n.has(8) ? conv(shifted, weights, n.in(8), c) : conv(shifted, weights, c);
  const Value scale =
      single(n.in(1), "input 1") * along_axis(n.in(4), sum, 1, "scale of the weights") / single(n.in(6), "input 6");
  return {requantized(sum, scale, single(n.in(7), "input 7"))};
}

Results deformed_convolution(const NodeView& n) {
  const Value x = n.in(0), w = n.in(1);
  require(x.rank() == 4, "input 0 is {}; only images [N, C, H, W] are supported", x.type());
  WindowAttributes a = window_sizes(n, 2, window_of(w, x));
  read_pads(n, a);
  std::vector<Value> operands{x, w, n.in(2)};
  if (n.has(4)) operands.push_back(n.in(4));
  if (n.has(3)) operands.push_back(n.in(3));
  const DeformConv c{.stride = a.strides,
                     .dilation = a.dilations,
                     .pads_begin = a.begin,
                     .pads_end = a.end,
                     .groups = n.integer("group", 1),
                     .offset_groups = n.integer("offset_group", 1)};
  return {apply_op(make_op(c), operands)};
}

constexpr Entry kConvolutions[] = {{"Conv", convolution},
                                   {"ConvInteger", convolution_of_integers},
                                   {"ConvTranspose", convolution_transpose},
                                   {"DeformConv", deformed_convolution},
                                   {"QLinearConv", quantized_convolution}};

}  // namespace

std::span<const Entry> convolution_operators() { return kConvolutions; }

}  // namespace tenon::onnx
