#include "op/functions.h"
#include "op/recurrent/gru.h"
#include "op/recurrent/lstm.h"
#include "op/recurrent/rnn.h"
#include "op/recurrent/step.h"

namespace tenon {
namespace {

/// One rule per direction.
std::vector<StepRule> rules_of(const Recurrence& r, const RecurrentKind& kind) {
  const auto count = static_cast<std::size_t>(1 + std::ranges::count(kind.activations, ','));
  std::string list = r.activations.empty() ? std::string(kind.activations) : r.activations;
  if (r.activations.empty() && r.directions() == 2) list += "," + list;
  std::vector<StepRule> rules(r.directions());
  const auto given = activations_of(kind.op, list, count * rules.size());
  for (std::size_t k = 0; k < given.size(); ++k) rules[k / count].activations.push_back(given[k]);
  for (StepRule& rule : rules) rule.clip = r.clip;
  return rules;
}

std::vector<Value> gates_of(const Value& all, i64 axis, const std::vector<std::size_t>& order) {
  const auto parts = chunk(all, static_cast<i64>(order.size()), axis);
  std::vector<Value> gates;
  for (std::size_t k : order) gates.push_back(parts[k]);
  return gates;
}

template <class T, class Kind>
std::vector<Case<T>> recurrent_samples(const std::vector<T>& variants, const Kind& kind) {
  std::vector<Case<T>> list;
  for (const T& op : variants) list.push_back({op, recurrent_sample(op, kind(op), DType::F32, 2, 2, 2, 1)});
  list[0].inputs = recurrent_sample(variants[0], kind(variants[0]), DType::F32, 0, 2, 2, 2);
  list.push_back({variants[0], recurrent_sample(variants[0], kind(variants[0]), DType::F64, 2, 1, 3, 2)});
  list.push_back({variants[0], recurrent_sample(variants[0], kind(variants[0]), DType::F16, 2, 1, 2, 1)});
  list.push_back({variants[0], recurrent_sample(variants[0], kind(variants[0]), DType::BF16, 1, 2, 2, 1)});
  return list;
}

}  // namespace

Types Rnn::infer(Operands in) const {
  rules_of(*this, kind());
  return infer_recurrence(*this, kind(), in);
}
Values Rnn::expand(Builder& b, std::span<const Value> in) const {
  const auto rules = rules_of(*this, kind());
  return expand_recurrence(*this, kind(), b, in, [&](const StepOperands& o, std::size_t d) {
    return std::vector<Value>{rules[d](0, o.x + linear(o.h, o.r))};
  });
}
std::vector<Case<Rnn>> Rnn::samples() {
  return recurrent_samples<Rnn>(
      {{},
       {{.direction = "bidirectional",
         .has_bias = true,
         .has_lengths = true,
         .activations = "relu,scaled_tanh(0.5,2)"}},
       {{.direction = "reverse", .batch_first = true, .has_states = true, .activations = "soft_sign", .clip = 0.5}}},
      [](const Rnn& op) { return op.kind(); });
}

Types Lstm::infer(Operands in) const {
  rules_of(*this, kind());
  gate_order(name, gates, kind().gates);
  return infer_recurrence(*this, kind(), in);
}
Values Lstm::expand(Builder& b, std::span<const Value> in) const {
  const auto rules = rules_of(*this, kind());
  const auto order = gate_order(name, gates, kind().gates);
  std::string peeping = gates;
  std::erase(peeping, 'g');
  const auto peephole_order = gate_order(name, peeping, "ifo");
  return expand_recurrence(*this, kind(), b, in, [&](const StepOperands& o, std::size_t d) {
    auto sum = gates_of(o.x + linear(o.h, o.r), 1, order);
    std::vector<Value> p;
    if (o.peepholes.defined()) {
      p = gates_of(o.peepholes, 0, peephole_order);
      for (std::size_t k = 0; k < 2; ++k) sum[k] = sum[k] + p[k] * o.c;
    }
    const auto output = [&](const Value& c) { return p.empty() ? sum[3] : sum[3] + p[2] * c; };
    return lstm_step(sum[0], coupled ? nullptr : &sum[1], sum[2], output, o.c, rules[d]);
  });
}
std::vector<Case<Lstm>> Lstm::samples() {
  return recurrent_samples<Lstm>(
      {{},
       {{.direction = "bidirectional", .has_bias = true, .has_lengths = true}, false, false, "iofg"},
       {{.batch_first = true, .has_states = true, .activations = "hard_sigmoid,softplus,elu(0.5)", .clip = 2}, true},
       {{.direction = "reverse", .has_bias = true}, true, true}},
      [](const Lstm& op) { return op.kind(); });
}

Types Gru::infer(Operands in) const {
  rules_of(*this, kind());
  gate_order(name, gates, kind().gates);
  return infer_recurrence(*this, kind(), in);
}
// What comes from h is one product, unless the new values need h after r.
Values Gru::expand(Builder& b, std::span<const Value> in) const {
  const auto rules = rules_of(*this, kind());
  const auto order = gate_order(name, gates, kind().gates);
  return expand_recurrence(*this, kind(), b, in, [&](const StepOperands& o, std::size_t d) {
    const auto x = gates_of(o.x, 1, order);
    std::vector<Value> state;
    std::function<Value(const Value&)> candidate;
    if (linear_before_reset) {
      state = gates_of(o.state_bias.defined() ? linear(o.h, o.r, o.state_bias) : linear(o.h, o.r), 1, order);
      candidate = [&](const Value& reset) { return x[2] + reset * state[2]; };
    } else {
      const auto r = gates_of(o.r, 0, order);
      state = {linear(o.h, r[0]), linear(o.h, r[1])};
      candidate = [&x, &o, last = r[2]](const Value& reset) { return x[2] + linear(reset * o.h, last); };
    }
    return std::vector<Value>{gru_step(x[0] + state[0], x[1] + state[1], candidate, o.h, rules[d])};
  });
}
std::vector<Case<Gru>> Gru::samples() {
  return recurrent_samples<Gru>(
      {{},
       {{.direction = "bidirectional", .has_bias = true, .has_lengths = true}, false, "zrn"},
       {{.direction = "reverse", .batch_first = true, .has_bias = true, .has_states = true, .clip = 1}},
       {{.has_bias = true, .activations = "affine(0.3,0.5),leaky_relu(0.1)"}, false}},
      [](const Gru& op) { return op.kind(); });
}

}  // namespace tenon
