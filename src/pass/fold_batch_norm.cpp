#include "interpret/interpret.h"
#include "ir/walk.h"
#include "op/functions.h"
#include "pass/pass.h"

namespace tenon {

namespace {

const Op* operator_of(const Value& v) {
  const Node& n = *v.node();
  return n.is_parameter() || n.is_settled() ? nullptr : &n.op();
}

/// What a contraction makes along its outputs.
struct Weighted {
  std::size_t channel = 0;  ///< of the result
  std::size_t output = 0;   ///< of the weight
};
std::optional<Weighted> weighted(const Value& y) {
  const Op* op = operator_of(y);
  if (op == nullptr) return {};
  const auto args = y.node()->args();
  if (get_if<Linear>(*op)) return Weighted{args[0].shape().size() - 1, 0};
  if (const Conv* conv = get_if<Conv>(*op)) {
    const ConvAxes axes = conv_axes("conv", conv->layout, args[0].shape().size());
    return Weighted{axes.channel, axes.output};
  }
  return {};
}

NodeMap<int> uses_in(const Function& f) {
  NodeMap<int> uses;
  for (const Node* n : topological(f.results))
    for (const Value& v : n->args()) ++uses[v.node().get()];
  for (const Value& v : f.results) ++uses[v.node().get()];
  return uses;
}

/// Why the normalisation `n` of `y` cannot be folded, or should not; nothing where it can.
std::string_view objection(const Node& n, const Value& y, const NodeMap<int>& uses, const Value& recorded) {
  const auto w = weighted(y);
  if (!w) return "what is normalised is no convolution or linear layer";
  const BatchNorm& norm = *get_if<BatchNorm>(n.op());
  if (static_cast<std::size_t>(normal_axis(norm.axis, y.rank())) != w->channel)
    return "it normalises along another axis";
  for (const Value& v : n.args())
    if (v.dtype() != y.dtype() || bits_of(v.dtype()) < 32) return "narrow element types round in between";
  if (*uses.find(recorded.node().get()) != 1) return "the layer's result has other readers";
  const Value& weight = y.node()->args()[1];
  if (!is_concrete(y.shape()) || !is_concrete(weight.shape())) return "extents are unknown";
  if (element_count(weight.shape()) > element_count(y.shape()) && known_value(weight) == nullptr)
    return "there are more weights than results";
  return {};
}

Value along(const Value& v, std::size_t axis, std::size_t rank) {
  Shape shape(rank, Dim(1));
  shape[axis] = v.shape()[0];
  return reshape(v, shape);
}

bool follows_from_constants(const Value& v) {
  return std::ranges::none_of(topological({&v, 1}), [](const Node* n) { return n->is_parameter(); });
}

/// Larger constants are scaled each time: compiling must not take long, nor programs be large.
constexpr i64 kMostScaled = i64(1) << 22;

/// weight * slope along its outputs, at once where both are known.
Value scaled(const Value& weight, const Value& slope, std::size_t output) {
  const Array* w = known_value(weight);
  const Value spread = along(slope, output, weight.shape().size());
  const bool known = w != nullptr && w->count() <= kMostScaled;
  if (!known || !follows_from_constants(slope)) return weight * spread;
  const Array factor = interpret(Function{"slope", {}, {slope}}, {})[0];
  Array result(weight.type());
  const Ints strides = contiguous_strides(weight.shape());
  for (i64 k = 0; k < w->count(); ++k) {
    const i64 position = k / strides[output] % weight.shape()[output];
    result.set(k, w->at(k).as_double() * factor.at(position).as_double());
  }
  return {Node::leaf(std::move(result)), 0};
}

}  // namespace

Function fold_batch_norm(const Function& f, Remarks& remarks) {
  const NodeMap<int> uses = uses_in(f);
  return rebuild(f, [&](const Node& n, std::span<const Value> args) -> Values {
    const BatchNorm* norm = get_if<BatchNorm>(n.op());
    if (norm == nullptr) return {};
    const Value& y = args[0];
    if (const auto why = objection(n, y, uses, n.args()[0]); !why.empty()) {
      remarks.declined_at(n, why);
      return {};
    }
    const Value &x = y.node()->args()[0], &weight = y.node()->args()[1];
    const Value slope = args[1] * rsqrt(args[4] + norm->epsilon);
    const Value moved = y.node()->args().size() == 3 ? y.node()->args()[2] - args[3] : -args[3];
    const Value renewed = scaled(weight, slope, weighted(y)->output);
    remarks.did_to(n, "folded into the weights", y.node().get());
    return {Value(Node::make(y.node()->op_ref(), {x, renewed, moved * slope + args[2]}), 0)};
  });
}

}  // namespace tenon
