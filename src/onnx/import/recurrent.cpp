// Recurrent networks.
#include <algorithm>

#include "onnx/converters.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

struct ActivationName {
  std::string_view onnx, ours;
  std::size_t numbers;  ///< alpha, then beta
};
constexpr ActivationName kActivations[] = {{"affine", "affine", 2},
                                           {"elu", "elu", 1},
                                           {"hardsigmoid", "hard_sigmoid", 2},
                                           {"leakyrelu", "leaky_relu", 1},
                                           {"relu", "relu", 0},
                                           {"scaledtanh", "scaled_tanh", 2},
                                           {"sigmoid", "sigmoid", 0},
                                           {"softplus", "softplus", 0},
                                           {"softsign", "soft_sign", 0},
                                           {"tanh", "tanh", 0},
                                           {"thresholdedrelu", "thresholded_relu", 1}};

const ActivationName& activation_named(const std::string& given) {
  std::string lower = given;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* found = std::ranges::find(kActivations, lower, &ActivationName::onnx);
  require(found != std::end(kActivations), "attribute activations has '{}', which is unknown", given);
  return *found;
}

/// Takes from a list what the activations need, one after the other; what it does not have are the defaults.
class Numbers {
 public:
  Numbers(const NodeView& n, const std::string& name) : name_(name), list_(n.reals(name, std::vector<double>{})) {}
  std::optional<double> next() { return at_ < list_.size() ? std::optional(list_[at_++]) : std::nullopt; }
  void require_all_taken() const {
    require(at_ == list_.size(), "attribute {} has {} numbers, of which the activations take {}", name_, list_.size(),
            at_);
  }

 private:
  std::string name_;
  std::vector<double> list_;
  std::size_t at_ = 0;
};

/// "sigmoid,leaky_relu(0.1)"; empty where the attribute is missing.
std::string activations_of(const NodeView& n) {
  Numbers alpha(n, "activation_alpha"), beta(n, "activation_beta");
  std::string list;
  for (const std::string& name : n.texts("activations", std::vector<std::string>{})) {
    const ActivationName& known = activation_named(name);
    const auto first = known.numbers > 0 ? alpha.next() : std::nullopt;
    const auto second = known.numbers > 1 ? beta.next() : std::nullopt;
    require(first || !second, "attribute activation_alpha has no number for {}, but activation_beta has", name);
    if (!list.empty()) list += ',';
    list += known.ours;
    if (first) list += second ? fmt::format("({},{})", *first, *second) : fmt::format("({})", *first);
  }
  alpha.require_all_taken(), beta.require_all_taken();
  return list;
}

template <class T>
T options_of(const NodeView& n) {
  T op;
  op.direction = n.text("direction", "forward");
  op.batch_first = n.integer("layout", 0) == 1;
  op.activations = activations_of(n);
  op.clip = n.real("clip", 0.0);
  return op;
}

RecurrentInputs<Value> inputs_of(const NodeView& n) {
  const auto given = [&](std::size_t k) { return n.has(k) ? std::optional(n.in(k)) : std::nullopt; };
  const i64 size = n.integer("hidden_size", n.in(2).shape().back().is_constant() ? n.in(2).shape().back().value() : 0);
  require(n.in(2).rank() == 3 && n.in(2).shape()[2] == Dim(size), "attribute hidden_size is {}, but input 2 is {}",
          size, n.in(2).type());
  return {n.in(0), n.in(1), n.in(2), given(3), given(4), given(5), {}, {}};
}

Results recurrent_network(const NodeView& n) { return rnn(inputs_of(n), options_of<Rnn>(n)); }

Results gated_units(const NodeView& n) {
  auto op = options_of<Gru>(n);
  op.gates = "zrn";
  op.linear_before_reset = n.flag("linear_before_reset", false);
  return gru(inputs_of(n), op);
}

Results long_short_term(const NodeView& n) {
  auto op = options_of<Lstm>(n);
  op.gates = "iofg";
  op.coupled = n.flag("input_forget", false);
  RecurrentInputs<Value> in = inputs_of(n);
  if (n.has(6)) in.c = n.in(6);
  if (in.h && !in.c) in.c = zeros_like(*in.h);
  if (in.c && !in.h) in.h = zeros_like(*in.c);
  if (n.has(7)) in.peepholes = n.in(7);
  return lstm(in, op);
}

constexpr Entry kRecurrent[] = {{"GRU", gated_units}, {"LSTM", long_short_term}, {"RNN", recurrent_network}};

}  // namespace

std::span<const Entry> recurrent_operators() { return kRecurrent; }

}  // namespace tenon::onnx
