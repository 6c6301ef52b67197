// Products, convolutions, pools and norms.
#include <algorithm>

#include "onnx/export/writer.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Names = std::vector<std::string>;

std::string argument(GraphWriter& g, const Node& n, std::size_t k = 0) { return g.name_of(n.args()[k]); }
Names arguments(GraphWriter& g, const Node& n) {
  Names in;
  for (std::size_t k = 0; k < n.args().size(); ++k) in.push_back(argument(g, n, k));
  return in;
}

Names matmul_of(GraphWriter& g, const Node& n) { return {g.add("MatMul", arguments(g, n)).out()}; }

/// x weight^T + bias: Gemm of matrices, else a product with the weight transposed.
Names linear_of(GraphWriter& g, const Node& n) {
  if (n.args()[0].rank() == 2 && is_float(n.args()[0].dtype()))
    return {g.add("Gemm", arguments(g, n)).set("transB", i64{1}).out()};
  const std::string turned = g.add("Transpose", {argument(g, n, 1)}).set("perm", Ints{1, 0}).out();
  const std::string y = g.add("MatMul", {argument(g, n), turned}).out();
  return {n.args().size() < 3 ? y : g.add("Add", {y, argument(g, n, 2)}).out()};
}

Names einsum_written(GraphWriter& g, const Node& n) {
  return {g.add("Einsum", arguments(g, n)).set("equation", get_if<Einsum>(n.op())->equation).out()};
}

Ints joined(const Ints& begin, const Ints& end, std::size_t rank) {
  Ints pads;
  for (std::size_t k = 0; k < rank; ++k) pads.push_back(begin.empty() ? 0 : begin[k]);
  for (std::size_t k = 0; k < rank; ++k) pads.push_back(end.empty() ? 0 : end[k]);
  return pads;
}

template <class Window>
GraphWriter::Attributed with_window(GraphWriter::Attributed node, const Window& w, const Ints& stride,
                                    std::size_t rank) {
  if (!stride.empty()) node.set("strides", stride);
  if (!w.dilation.empty()) node.set("dilations", w.dilation);
  return node.set("pads", joined(w.pads_begin, w.pads_end, rank));
}

void require_channels_first(const std::string& layout) {
  require(layout == "nchw", "layout {}; ONNX has channels in dimension 1", layout);
}

/// Pads that crop, which ONNX's windows do not take, and what is left for those.
struct Crops {
  Ints low, high;
  bool any = false;
};
Crops crops_of(Ints& begin, Ints& end) {
  Crops crops{{0, 0}, {0, 0}};
  for (Ints* pads : {&begin, &end})
    for (i64& pad : *pads) {
      (pads == &begin ? crops.low : crops.high).push_back(std::min<i64>(pad, 0));
      crops.any |= pad < 0;
      pad = std::max<i64>(pad, 0);
    }
  return crops;
}
Ints filled(Ints pads, std::size_t rank) {
  pads.resize(rank);
  return pads;
}

Names conv_of(GraphWriter& g, const Node& n) {
  const auto& c = *get_if<Conv>(n.op());
  require_channels_first(c.layout);
  const auto rank = static_cast<std::size_t>(n.args()[0].rank() - 2);
  Conv plain = c;
  plain.pads_begin = filled(plain.pads_begin, rank), plain.pads_end = filled(plain.pads_end, rank);
  if (const Crops crops = crops_of(plain.pads_begin, plain.pads_end); crops.any) {
    std::vector<Value> in(n.args().begin(), n.args().end());
    in[0] = pad(in[0], crops.low, crops.high);
    return {g.name_of(apply_op(make_op(std::move(plain)), std::span<const Value>(in)))};
  }
  return {with_window(g.add("Conv", arguments(g, n)), c, c.stride, rank).set("group", c.groups).out()};
}

Names conv_transpose_of(GraphWriter& g, const Node& n) {
  const auto& c = *get_if<ConvTranspose>(n.op());
  require_channels_first(c.layout);
  const auto rank = static_cast<std::size_t>(n.args()[0].rank() - 2);
  ConvTranspose plain = c;
  plain.pads_begin = filled(plain.pads_begin, rank), plain.pads_end = filled(plain.pads_end, rank);
  if (Crops more = crops_of(plain.pads_begin, plain.pads_end); more.any) {
    // Negative pads of the result are elements that no window reaches: 0, and the bias.
    for (Ints* pads : {&more.low, &more.high})
      for (i64& k : *pads) k = -k;
    const Value x[] = {n.args()[0], n.args()[1]};
    Value y = pad(apply_op(make_op(std::move(plain)), std::span<const Value>(x)), more.low, more.high);
    if (n.args().size() > 2) {
      Shape channels{1, n.args()[2].shape()[0]};
      for (std::size_t d = 0; d < rank; ++d) channels.push_back(1);
      y = y + reshape(n.args()[2], channels);
    }
    return {g.name_of(y)};
  }
  auto node = with_window(g.add("ConvTranspose", arguments(g, n)), c, c.stride, rank).set("group", c.groups);
  if (!c.output_padding.empty()) node.set("output_padding", c.output_padding);
  return {node.out()};
}

/// The last window must begin inside of x or of what precedes it with us, and counts whatever it covers in ONNX before
/// opset 22: what is beyond our extents is dropped.
std::string cut_to(GraphWriter& g, const std::string& y, const Node& n, const PoolFields& p) {
  if (!p.ceil_mode || !is_concrete(n.types()[0])) return y;
  Ints starts, stops, axes;
  for (std::size_t d = 0; d < p.size.size(); ++d) {
    const auto at = [&](const Ints& list, i64 otherwise) { return list.empty() ? otherwise : list[d]; };
    const i64 stride = p.stride.empty() ? p.size[d] : p.stride[d];
    const i64 rest = n.args()[0].shape()[d + 2].value() + at(p.pads_begin, 0) + at(p.pads_end, 0) -
                     at(p.dilation, 1) * (p.size[d] - 1) - 1;
    const i64 extent = n.types()[0].shape[d + 2];
    if ((rest + stride - 1) / stride + 1 == extent) continue;
    starts.push_back(0), stops.push_back(extent), axes.push_back(static_cast<i64>(d) + 2);
  }
  if (axes.empty()) return y;
  return g.add("Slice", {y, g.constant(starts), g.constant(stops), g.constant(axes)}).out();
}

GraphWriter::Attributed pool(GraphWriter& g, const Node& n, const char* op, const PoolFields& p) {
  require_channels_first(p.layout);
  require(n.args()[0].rank() == static_cast<i64>(p.size.size()) + 2, "x is {}, without a batch or channels",
          n.args()[0].type());
  return with_window(g.add(op, arguments(g, n)), p, p.stride.empty() ? p.size : p.stride, p.size.size())
      .set("kernel_shape", p.size)
      .set("ceil_mode", i64{p.ceil_mode});
}
Names max_pool_of(GraphWriter& g, const Node& n) {
  const auto& p = *get_if<MaxPool>(n.op());
  return {cut_to(g, pool(g, n, "MaxPool", p).out(), n, p)};
}
Names average_pool_of(GraphWriter& g, const Node& n) {
  const auto& p = *get_if<AveragePool>(n.op());
  for (const i64 d : p.dilation) require(d == 1 || g.opset() >= 19, "dilated averages need opset 19");
  // Only opset 19 has the attribute, and there it must not stand where every dilation is 1.
  AveragePool plain = p;
  if (g.opset() < 19) plain.dilation = {};
  const auto node = pool(g, n, "AveragePool", plain).set("count_include_pad", i64{p.count_include_pad});
  return {cut_to(g, node.out(), n, p)};
}
/// Runtimes have reductions of more types than they have pools.
bool has_pools(const Node& n) { return n.args()[0].dtype() == DType::F32 || bits_of(n.args()[0].dtype()) == 16; }
Ints window_axes(const Node& n) {
  Ints axes;
  for (i64 k = 2; k < n.args()[0].rank(); ++k) axes.push_back(k);
  return axes;
}
Names global_average_of(GraphWriter& g, const Node& n) {
  require_channels_first(get_if<GlobalAveragePool>(n.op())->layout);
  if (!has_pools(n)) return {g.name_of(mean(n.args()[0], window_axes(n), true))};
  return {g.add("GlobalAveragePool", arguments(g, n)).out()};
}
Names global_max_of(GraphWriter& g, const Node& n) {
  require_channels_first(get_if<GlobalMaxPool>(n.op())->layout);
  if (!has_pools(n)) return {g.name_of(max(n.args()[0], window_axes(n), true))};
  return {g.add("GlobalMaxPool", arguments(g, n)).out()};
}

Names softmax_of(GraphWriter& g, const Node& n) {
  return {g.add("Softmax", arguments(g, n)).set("axis", get_if<Softmax>(n.op())->axis).out()};
}
Names log_softmax_of(GraphWriter& g, const Node& n) {
  return {g.add("LogSoftmax", arguments(g, n)).set("axis", get_if<LogSoftmax>(n.op())->axis).out()};
}

/// As an operator from opset 17 on, where a scale is given; else as what it consists of.
Names expanded(GraphWriter& g, const Node& n) {
  Builder builder;
  Names out;
  for (const Value& v : n.op().expand(builder, n.args())) out.push_back(g.name_of(v));
  return out;
}
Names layer_norm_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<LayerNorm>(n.op());
  if (g.opset() < 17 || n.args().size() < 2) return expanded(g, n);
  return {g.add("LayerNormalization", arguments(g, n)).set("axis", op.axis).set("epsilon", op.epsilon).out()};
}
Names batch_norm_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<BatchNorm>(n.op());
  if (normal_axis(op.axis, n.args()[0].rank()) != 1) return expanded(g, n);
  return {g.add("BatchNormalization", arguments(g, n)).set("epsilon", op.epsilon).out()};
}
Names instance_norm_of(GraphWriter& g, const Node& n) {
  if (n.args().size() < 3 || n.args()[0].dtype() == DType::F64) return expanded(g, n);
  return {g.add("InstanceNormalization", arguments(g, n)).set("epsilon", get_if<InstanceNorm>(n.op())->epsilon).out()};
}
/// For what runtimes lack: sums over an even number of channels, and of what is no image.
Value responses_normalised(const Value& x, const LocalResponseNorm& op) {
  Ints low(static_cast<std::size_t>(x.rank()), 0), high = low;
  low[1] = (op.size - 1) / 2, high[1] = op.size / 2;
  const Value squares = pad(square(x), low, high);
  Value total;
  for (i64 k = 0; k < op.size; ++k) {
    Shape start(static_cast<std::size_t>(x.rank()), 0), stop = squares.shape();
    start[1] = k, stop[1] = x.shape()[1] + k;
    const Value part = slice(squares, start, stop);
    total = k == 0 ? part : total + part;
  }
  return x / pow(total * (op.alpha / static_cast<double>(op.size)) + op.bias, op.beta);
}
Names lrn_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<LocalResponseNorm>(n.op());
  const Value& x = n.args()[0];
  if ((op.size % 2 == 0 || x.rank() != 4) && x.shape()[1].is_constant()) {
    // Rounded once, at the end.
    const DType t = x.dtype(), wide = bits_of(t) == 16 ? DType::F32 : t;
    return {g.name_of(cast(responses_normalised(cast(x, wide), op), t))};
  }
  return {g.add("LRN", arguments(g, n))
              .set("size", op.size)
              .set("alpha", op.alpha)
              .set("beta", op.beta)
              .set("bias", op.bias)
              .out()};
}

constexpr Writer kWriters[] = {{"average_pool", average_pool_of},
                               {"batch_norm", batch_norm_of},
                               {"conv", conv_of},
                               {"conv_transpose", conv_transpose_of},
                               {"einsum", einsum_written},
                               {"global_average_pool", global_average_of},
                               {"global_max_pool", global_max_of},
                               {"instance_norm", instance_norm_of},
                               {"layer_norm", layer_norm_of},
                               {"linear", linear_of},
                               {"local_response_norm", lrn_of},
                               {"log_softmax", log_softmax_of},
                               {"matmul", matmul_of},
                               {"max_pool", max_pool_of},
                               {"softmax", softmax_of}};

}  // namespace

std::span<const Writer> net_writers() { return kWriters; }

}  // namespace tenon::onnx
