// Recurrent networks over sequences.
#include <algorithm>
#include <charconv>

#include "onnx/export/writer.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

struct ActivationThere {
  std::string_view ours, onnx;
};
constexpr ActivationThere kActivationsThere[] = {{"affine", "Affine"},
                                                 {"elu", "Elu"},
                                                 {"hard_sigmoid", "HardSigmoid"},
                                                 {"leaky_relu", "LeakyRelu"},
                                                 {"relu", "Relu"},
                                                 {"scaled_tanh", "ScaledTanh"},
                                                 {"sigmoid", "Sigmoid"},
                                                 {"soft_sign", "Softsign"},
                                                 {"softplus", "Softplus"},
                                                 {"tanh", "Tanh"},
                                                 {"thresholded_relu", "ThresholdedRelu"}};

double number_in(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size(), "'{}' among the activations is no number", text);
  return value;
}

/// "sigmoid,leaky_relu(0.1)" as three attributes, of which the numbers are in order and belong to the first activations
/// that take one.
void set_activations(GraphWriter::Attributed& node, std::string_view text) {
  if (text.empty()) return;
  std::vector<std::string> names;
  std::vector<double> alpha, beta;
  while (!text.empty()) {
    const std::size_t word = std::min(text.find_first_of(",("), text.size());
    const auto known = std::ranges::find(kActivationsThere, text.substr(0, word), &ActivationThere::ours);
    require(known != std::end(kActivationsThere), "activation {} has no counterpart", text.substr(0, word));
    names.emplace_back(known->onnx);
    text.remove_prefix(word);
    if (text.starts_with("(")) {
      const std::size_t close = text.find(')');
      const std::string_view inside = text.substr(1, close - 1);
      const std::size_t comma = inside.find(',');
      alpha.push_back(number_in(inside.substr(0, comma)));
      if (comma != std::string_view::npos) beta.push_back(number_in(inside.substr(comma + 1)));
      text.remove_prefix(close + 1);
    } else {
      const bool takes_number = known->ours == "affine" || known->ours == "elu" || known->ours == "hard_sigmoid" ||
                                known->ours == "leaky_relu" || known->ours == "scaled_tanh" ||
                                known->ours == "thresholded_relu";
      require(!takes_number, "activation {} without its numbers", known->ours);
    }
    if (text.starts_with(",")) text.remove_prefix(1);
  }
  node.set("activations", names);
  if (!alpha.empty()) node.set("activation_alpha", alpha);
  if (!beta.empty()) node.set("activation_beta", beta);
}

/// Blocks of `size` rows along dimension 1, of which `from` says what they are, in the order of `to`; several times
/// over.
Value reordered(const Value& v, std::string_view from, std::string_view to, i64 size) {
  if (from == to) return v;
  const i64 count = v.shape()[1].value() / size, gates = static_cast<i64>(to.size());
  std::vector<Value> blocks;
  for (i64 k = 0; k < count; ++k) {
    const auto gate = static_cast<i64>(from.find(to[static_cast<std::size_t>(k % gates)]));
    const i64 at = (k / gates * gates + gate) * size;
    blocks.push_back(slice_axis(v, 1, at, at + size));
  }
  return concatenate(std::span<const Value>(blocks), 1);
}

std::string without(std::string gates, char g) {
  std::erase(gates, g);
  return gates;
}

struct Gates {
  const char* onnx;
  std::string ours, there;  ///< their orders
  std::size_t states = 1;
  bool has_peepholes = false;
};

/// ONNX's operands 0 to 7, undefined where they are left out; time comes first, which runtimes ask for.
std::vector<Value> operands_there(const Node& n, const Recurrence& r, const Gates& gates) {
  const std::span<const Value> given = n.args();
  const i64 size = given[2].shape()[2].value();
  std::vector<Value> in(8);
  const auto time_first = [&](const Value& v) { return r.batch_first ? transpose(v, {1, 0, 2}) : v; };
  in[0] = time_first(given[0]);
  for (std::size_t k : {1, 2}) in[k] = reordered(given[k], gates.ours, gates.there, size);
  std::size_t next = 3;
  if (r.has_bias) in[3] = reordered(given[next++], gates.ours, gates.there, size);
  if (r.has_lengths) in[4] = cast(given[next++], DType::I32);
  for (std::size_t k = 0; r.has_states && k < gates.states; ++k) in[5 + k] = time_first(given[next++]);
  if (gates.has_peepholes) in[7] = reordered(given[next++], without(gates.ours, 'g'), without(gates.there, 'g'), size);
  return in;
}

GraphWriter::Attributed network(GraphWriter& g, const Node& n, const Recurrence& r, const Gates& gates) {
  require(n.args()[2].shape()[2].is_constant(), "{} units", n.args()[2].shape()[2]);
  std::vector<std::string> in;
  for (const Value& v : operands_there(n, r, gates)) in.push_back(v.defined() ? g.name_of(v) : "");
  while (in.back().empty()) in.pop_back();
  auto node = g.add(gates.onnx, in, static_cast<int>(n.outputs()));
  node.set("hidden_size", n.args()[2].shape()[2].value()).set("direction", r.direction);
  if (r.clip != 0) node.set("clip", r.clip);
  set_activations(node, r.activations);
  return node;
}

/// With the batch first where ours have it so.
std::vector<std::string> results_of(GraphWriter& g, const Node& n, const Recurrence& r,
                                    const GraphWriter::Attributed& node) {
  std::vector<std::string> out;
  for (std::size_t k = 0; k < n.outputs(); ++k) {
    const std::string name = node.out(static_cast<int>(k));
    const Ints order = k == 0 ? Ints{2, 0, 1, 3} : Ints{1, 0, 2};
    out.push_back(r.batch_first ? g.add("Transpose", {name}).set("perm", order).out() : name);
  }
  return out;
}

/// Of no steps: the first states, of which not all runtimes know.
std::vector<std::string> written(GraphWriter& g, const Node& n, const Recurrence& r, const Gates& gates,
                                 const std::function<void(GraphWriter::Attributed&)>& set_more) {
  if (!(n.args()[0].shape()[r.batch_first ? 1 : 0] == Dim(0))) {
    auto node = network(g, n, r, gates);
    set_more(node);
    return results_of(g, n, r, node);
  }
  std::vector<std::string> out;
  const std::size_t first = 3 + (r.has_bias ? 1 : 0) + (r.has_lengths ? 1 : 0);
  for (std::size_t k = 0; k < n.outputs(); ++k) {
    const Type& t = n.types()[k];
    out.push_back(g.name_of(k > 0 && r.has_states ? n.args()[first + k - 1] : full<Value>(t.shape, 0, t.dtype)));
  }
  return out;
}

std::vector<std::string> rnn_of(GraphWriter& g, const Node& n) {
  return written(g, n, *get_if<Rnn>(n.op()), {"RNN", "h", "h"}, [](GraphWriter::Attributed&) {});
}
std::vector<std::string> gru_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<Gru>(n.op());
  return written(g, n, op, {"GRU", op.gates, "zrn"},
                 [&](GraphWriter::Attributed& node) { node.set("linear_before_reset", i64{op.linear_before_reset}); });
}
std::vector<std::string> lstm_of(GraphWriter& g, const Node& n) {
  const auto& op = *get_if<Lstm>(n.op());
  return written(g, n, op, {"LSTM", op.gates, "iofg", 2, op.has_peepholes}, [&](GraphWriter::Attributed& node) {
    if (op.coupled) node.set("input_forget", i64{1});
  });
}

constexpr Writer kWriters[] = {{"gru", gru_of}, {"lstm", lstm_of}, {"rnn", rnn_of}};

}  // namespace

std::span<const Writer> recurrent_writers() { return kWriters; }

}  // namespace tenon::onnx
