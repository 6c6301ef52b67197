#include "op/conv/conv.h"

#include "op/conv/convolution.h"

namespace tenon {

Windows Conv::windows(const Type& w) const {
  const ConvAxes axes = conv_axes(name, layout, w.shape.size());
  return windows_of(name, extents_from(w.shape, axes.window, w.shape.size() - 2),
                    {stride, dilation, pads_begin, pads_end});
}

Types Conv::infer(Operands in) const {
  require_convolution(name, in, groups, layout);
  const Type &x = in[0].type, &w = in[1].type;
  const ConvAxes axes = conv_axes(name, layout, x.shape.size());
  const Dim channels = x.shape[axes.channel], outputs = w.shape[axes.output];
  require(w.shape[axes.input] == floor_div(channels, groups),
          "conv: x is {} with {} channels in {} groups, but w is {}, for {} in each; they must agree", x, channels,
          groups, w, w.shape[axes.input]);
  require(outputs % groups == 0, "conv: w is {} with {} outputs, which {} groups do not divide", w, outputs, groups);
  require_bias(name, in, outputs);
  Type out = x;
  out.shape[axes.channel] = outputs;
  const std::size_t rank = x.shape.size() - 2;
  const Shape positions = window_positions(name, extents_from(x.shape, axes.spatial, rank), windows(w));
  for (std::size_t d = 0; d < rank; ++d) out.shape[axes.spatial + d] = positions[d];
  check_shape(out.shape);
  return {out};
}

expr::Expr Conv::define(std::span<const Type> in) const {
  const expr::Input x(0, in[0]), w(1, in[1]);
  const std::size_t rank = in[0].shape.size();
  const ConvAxes axes = conv_axes(name, layout, rank);
  const Windows win = windows(in[1]);
  const expr::Index n("n", in[0].shape[0]), g("g", groups), k("k", floor_div(in[1].shape[axes.output], groups)),
      c("c", in[1].shape[axes.input]);
  const auto p = expr::indices(window_positions(name, extents_from(in[0].shape, axes.spatial, rank - 2), win), "p");
  const auto r = expr::indices(win.size, "r");
  const expr::Affine output = g * k.extent() + k;

  std::vector<expr::At> x_at(rank, n), w_at(rank, c);
  std::vector<expr::OutDim> out(rank, n);
  x_at[axes.channel] = g * c.extent() + c;
  w_at[axes.output] = output;
  out[axes.channel] = groups == 1 ? expr::OutDim(k) : expr::join(g, k);
  for (std::size_t d = 0; d < rank - 2; ++d) {
    x_at[axes.spatial + d] = win.element(d, p[d], r[d]);
    w_at[axes.window + d] = r[d];
    out[axes.spatial + d] = p[d];
  }
  std::vector<expr::Index> over{c};
  over.insert(over.end(), r.begin(), r.end());

  const DType t = in[0].dtype, wide = accumulate_type(t);
  auto y = expr::sum(over, expr::cast(wide, x.outside(0)(x_at)) * expr::cast(wide, w(w_at)));
  if (in.size() == 3) y = y + expr::cast(wide, expr::Input(2, in[2])(output));
  return expr::compute({in.begin(), in.end()}, out, expr::cast(t, y));
}

std::vector<Case<Conv>> Conv::samples() {
  std::vector<Case<Conv>> list;
  auto add = [&](Conv op, std::vector<SampleInput> in) { list.push_back({std::move(op), std::move(in)}); };
  const auto in = convolution_inputs;
  const DType f32 = DType::F32;
  add({}, in(f32, {2, 3, 5, 4}, {2, 3, 3, 2}, 2));
  add({{2, 1}, {1, 2}, {1, 0}, {0, 2}, 1, "nchw"}, in(f32, {1, 2, 5, 6}, {3, 2, 3, 2}, 0));
  add({{2, 3}, {}, {1, 2}, {1, 2}, 2, "nchw"}, in(f32, {2, 4, 3, 3}, {6, 2, 3, 3}, 6));
  add({{}, {}, {1, 1}, {1, 1}, 3, "nchw"}, in(f32, {1, 3, 4, 4}, {6, 1, 3, 3}, 0));
  add({{}, {}, {1, 1}, {1, 1}, 4, "nchw"}, in(DType::F64, {1, 4, 3, 3}, {4, 1, 3, 3}, 4));
  add({{2, 2}, {}, {0, 1}, {1, 0}, 2, "nhwc"}, in(f32, {2, 3, 4, 4}, {2, 3, 2, 2}, 2));
  add({{3}, {2}, {2}, {1}, 1, "nchw"}, in(f32, {2, 2, 7}, {3, 2, 3}, 3));
  add({{1, 2, 1}, {}, {1, 0, 0}, {0, 1, 1}, 1, "nchw"}, in(f32, {1, 2, 2, 3, 3}, {2, 2, 2, 2, 2}, 0));
  add({{}, {}, {-1, 1}, {0, -1}, 1, "nchw"}, in(DType::F64, {1, 2, 4, 4}, {2, 2, 2, 2}, 0));
  add({{5, 5}, {}, {}, {}, 1, "nchw"}, in(DType::F64, {1, 2, 3, 3}, {3, 2, 1, 1}, 0));
  add({{}, {}, {3, 3}, {3, 3}, 1, "nchw"}, in(DType::F64, {1, 1, 1, 2}, {2, 1, 2, 2}, 0));
  add({}, in(f32, {0, 2, 3, 3}, {4, 2, 2, 2}, 4));
  add({}, in(f32, {2, 0, 3, 3}, {4, 0, 2, 2}, 4));
  for (DType t : {DType::F16, DType::BF16, DType::I32, DType::I8, DType::U8, DType::I64})
    add({{1, 2}, {}, {1, 1}, {1, 1}, 1, "nchw"}, in(t, {1, 3, 3, 4}, {2, 3, 3, 3}, 2));
  return list;
}

}  // namespace tenon
