// Products, convolutions, pools and norms.
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
  if (n.args()[0].rank() == 2) return {g.add("Gemm", arguments(g, n)).set("transB", i64{1}).out()};
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

Names conv_of(GraphWriter& g, const Node& n) {
  const auto& c = *get_if<Conv>(n.op());
  require_channels_first(c.layout);
  const auto rank = static_cast<std::size_t>(n.args()[0].rank() - 2);
  return {with_window(g.add("Conv", arguments(g, n)), c, c.stride, rank).set("group", c.groups).out()};
}

Names conv_transpose_of(GraphWriter& g, const Node& n) {
  const auto& c = *get_if<ConvTranspose>(n.op());
  require_channels_first(c.layout);
  const auto rank = static_cast<std::size_t>(n.args()[0].rank() - 2);
  auto node = with_window(g.add("ConvTranspose", arguments(g, n)), c, c.stride, rank).set("group", c.groups);
  if (!c.output_padding.empty()) node.set("output_padding", c.output_padding);
  return {node.out()};
}

GraphWriter::Attributed pool(GraphWriter& g, const Node& n, const char* op, const PoolFields& p) {
  require_channels_first(p.layout);
  require(n.args()[0].rank() == static_cast<i64>(p.size.size()) + 2, "x is {}, without a batch or channels",
          n.args()[0].type());
  return with_window(g.add(op, arguments(g, n)), p, p.stride.empty() ? p.size : p.stride, p.size.size())
      .set("kernel_shape", p.size)
      .set("ceil_mode", i64{p.ceil_mode});
}
Names max_pool_of(GraphWriter& g, const Node& n) { return {pool(g, n, "MaxPool", *get_if<MaxPool>(n.op())).out()}; }
Names average_pool_of(GraphWriter& g, const Node& n) {
  const auto& p = *get_if<AveragePool>(n.op());
  for (const i64 d : p.dilation) require(d == 1 || g.opset() >= 19, "dilated averages need opset 19");
  // Only opset 19 has the attribute, and there it must not stand where every dilation is 1.
  AveragePool plain = p;
  if (g.opset() < 19) plain.dilation = {};
  return {pool(g, n, "AveragePool", plain).set("count_include_pad", i64{p.count_include_pad}).out()};
}
Names global_average_of(GraphWriter& g, const Node& n) {
  require_channels_first(get_if<GlobalAveragePool>(n.op())->layout);
  return {g.add("GlobalAveragePool", arguments(g, n)).out()};
}
Names global_max_of(GraphWriter& g, const Node& n) {
  require_channels_first(get_if<GlobalMaxPool>(n.op())->layout);
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
  if (n.args().size() < 3) return expanded(g, n);
  return {g.add("InstanceNormalization", arguments(g, n)).set("epsilon", get_if<InstanceNorm>(n.op())->epsilon).out()};
}
Names lrn_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<LocalResponseNorm>(n.op());
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
