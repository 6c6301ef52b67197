#include "op/conv/conv_transpose.h"

#include <algorithm>

#include "op/conv/convolution.h"

namespace tenon {

Windows ConvTranspose::windows(const Type& w) const {
  const ConvAxes axes = conv_axes(name, layout, w.shape.size());
  return windows_of(name, extents_from(w.shape, axes.window, w.shape.size() - 2),
                    {stride, dilation, pads_begin, pads_end});
}

// In the filter the channels of x stand where those of conv's result stand, since conv maps y to x.
Types ConvTranspose::infer(Operands in) const {
  require_convolution(name, in, groups, layout);
  const Type &x = in[0].type, &w = in[1].type;
  const ConvAxes axes = conv_axes(name, layout, x.shape.size());
  const Dim channels = x.shape[axes.channel], outputs = w.shape[axes.input] * groups;
  require(w.shape[axes.output] == channels, "conv_transpose: x is {} with {} channels, but w is {}, for {} channels", x,
          channels, w, w.shape[axes.output]);
  require_bias(name, in, outputs);
  const Windows win = windows(w);
  require(output_padding.empty() || output_padding.size() == win.rank(),
          "conv_transpose: output_padding {} has {} numbers, expected one for each of {} spatial dimensions",
          output_padding, output_padding.size(), win.rank());
  Type out = x;
  out.shape[axes.channel] = outputs;
  for (std::size_t d = 0; d < win.rank(); ++d) {
    const i64 more = output_padding.empty() ? 0 : output_padding[d];
    require(
        more >= 0 && more < std::max(win.stride[d], win.dilation[d]),
        "conv_transpose: output_padding {} in spatial dimension {} is out of range; expected 0 to {}, less than the "
        "larger of stride and dilation",
        more, d, std::max(win.stride[d], win.dilation[d]) - 1);
    Dim& extent = out.shape[axes.spatial + d];
    const Dim given = extent;
    extent = (given - 1) * win.stride[d] + win.span(d) + more - win.begin[d] - win.end[d];
    require(extent >= 0,
            "conv_transpose: the result would have extent {} in spatial dimension {}; x is {}; use smaller "
            "pads",
            extent, d, x);
  }
  check_shape(out.shape);
  return {out};
}

expr::Expr ConvTranspose::define(std::span<const Type> in) const {
  const expr::Input x(0, in[0]), w(1, in[1]);
  const std::vector<Operand> operands{{in[0]}, {in[1]}};
  const Shape shape = infer(operands)[0].shape;
  const std::size_t rank = shape.size();
  const ConvAxes axes = conv_axes(name, layout, rank);
  const Windows win = windows(in[1]);
  const expr::Index n("n", in[0].shape[0]), g("g", groups), k("k", in[1].shape[axes.input]),
      c("c", floor_div(in[0].shape[axes.channel], groups));
  const auto t = expr::indices(extents_from(shape, axes.spatial, rank - 2), "t"), r = expr::indices(win.size, "r");
  const expr::Affine channel = g * c.extent() + c;

  std::vector<expr::At> x_at(rank, n), w_at(rank, k);
  std::vector<expr::OutDim> out(rank, n);
  x_at[axes.channel] = channel;
  w_at[axes.output] = channel;
  out[axes.channel] = groups == 1 ? expr::OutDim(k) : expr::join(g, k);
  for (std::size_t d = 0; d < rank - 2; ++d) {
    x_at[axes.spatial + d] = win.position(d, t[d], r[d]);
    w_at[axes.window + d] = r[d];
    out[axes.spatial + d] = t[d];
  }
  std::vector<expr::Index> over{c};
  over.insert(over.end(), r.begin(), r.end());

  const DType type = in[0].dtype, wide = accumulate_type(type);
  auto y = expr::sum(over, expr::cast(wide, x.outside(0)(x_at)) * expr::cast(wide, w(w_at)));
  if (in.size() == 3) y = y + expr::cast(wide, expr::Input(2, in[2])(g * k.extent() + k));
  return expr::compute({in.begin(), in.end()}, out, expr::cast(type, y));
}

std::vector<Case<ConvTranspose>> ConvTranspose::samples() {
  std::vector<Case<ConvTranspose>> list;
  auto add = [&](ConvTranspose op, std::vector<SampleInput> in) { list.push_back({std::move(op), std::move(in)}); };
  const auto in = convolution_inputs;
  const DType f32 = DType::F32;
  add({}, in(f32, {2, 3, 4, 3}, {3, 2, 3, 2}, 2));
  add({{2, 3}, {}, {1, 0}, {0, 1}, {1, 2}, 1, "nchw"}, in(f32, {1, 2, 3, 3}, {2, 3, 3, 2}, 0));
  add({{2, 1}, {1, 2}, {1, 1}, {1, 1}, {}, 2, "nchw"}, in(f32, {2, 4, 3, 3}, {4, 2, 3, 3}, 4));
  add({{2, 2}, {}, {1, 1}, {1, 1}, {1, 1}, 3, "nchw"}, in(DType::F64, {1, 3, 3, 2}, {3, 1, 3, 3}, 3));
  add({{2, 2}, {}, {1, 0}, {0, 1}, {}, 2, "nhwc"}, in(f32, {1, 3, 2, 4}, {2, 3, 2, 4}, 4));
  add({{3}, {2}, {1}, {2}, {2}, 1, "nchw"}, in(f32, {2, 2, 4}, {2, 3, 3}, 3));
  add({{2, 1, 2}, {}, {}, {1, 0, 0}, {}, 1, "nchw"}, in(f32, {1, 2, 2, 2, 2}, {2, 2, 2, 2, 2}, 0));
  add({{2, 2}, {}, {-1, 0}, {0, -2}, {}, 1, "nchw"}, in(DType::F64, {1, 2, 2, 3}, {2, 1, 2, 2}, 0));
  add({{3, 3}, {}, {}, {}, {}, 1, "nchw"}, in(DType::F64, {1, 2, 2, 3}, {2, 3, 1, 1}, 0));
  add({}, in(f32, {0, 2, 3, 3}, {2, 4, 2, 2}, 4));
  add({}, in(f32, {1, 0, 3, 3}, {0, 4, 2, 2}, 4));
  add({}, in(f32, {1, 2, 0, 3}, {2, 1, 3, 2}, 0));
  for (DType t : {DType::F16, DType::BF16, DType::I32, DType::I8, DType::U8, DType::I64})
    add({{1, 2}, {}, {1, 1}, {1, 1}, {}, 1, "nchw"}, in(t, {1, 2, 3, 3}, {2, 2, 3, 3}, 2));
  return list;
}

}  // namespace tenon
