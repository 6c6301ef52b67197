#include "autodiff/control.h"

#include <algorithm>

#include "autodiff/reverse.h"
#include "op/control/barrier.h"
#include "op/control/checkpoint.h"
#include "op/control/if.h"
#include "op/control/scan.h"
#include "op/control/while.h"
#include "op/formula.h"
#include "op/functions.h"

namespace tenon {

namespace {

void append(std::vector<Value>& to, std::span<const Value> more) { to.insert(to.end(), more.begin(), more.end()); }

std::vector<Value> copied(const Function& f, std::span<const Value> args) { return inline_call(f, args); }

/// (arguments of f, gradients of f's results `from`, of the types `seeds`) -> gradients of f's parameters `wrt`.
FunctionPtr backward(const Function& f, const std::vector<std::size_t>& wrt, const std::vector<std::size_t>& from,
                     const std::vector<Type>& seeds) {
  std::vector<Type> parameters = f.parameter_types();
  parameters.insert(parameters.end(), seeds.begin(), seeds.end());
  return make_function(f.name + "_gradient", parameters, [&](std::span<const Value> p) {
    const std::size_t n = f.parameters.size();
    const std::vector<Value> results = copied(f, p.first(n));
    std::vector<Value> roots, by, given;
    for (std::size_t k : from) roots.push_back(results[k]);
    for (std::size_t k : wrt) by.push_back(p[k]);
    for (std::size_t k = 0; k < roots.size(); ++k) given.push_back(fitted(p[n + k], roots[k]));
    return gradients(roots, by, given);
  });
}

std::vector<Value> apply(Builder& b, OpRef op, const std::vector<Value>& args) {
  Values out = b.apply(std::move(op), args);
  return {out.begin(), out.end()};
}

Value zeros_of(Builder& b, const Type& t) { return b.apply1(make_op(Full{0, t.dtype, t.shape}), {}); }

struct Wanted {
  std::vector<std::size_t> operands, results;  ///< which want a gradient, which have one
};

Wanted wanted_of(const Values& adjoints, std::span<const char> wanted) {
  Wanted w;
  for (std::size_t k = 0; k < wanted.size(); ++k)
    if (wanted[k]) w.operands.push_back(k);
  for (std::size_t k = 0; k < adjoints.size(); ++k)
    if (adjoints[k].defined()) w.results.push_back(k);
  return w;
}

Values of_if(Builder& b, const If& op, std::span<const Value> in, const Values& adjoints, const Wanted& w) {
  std::vector<std::size_t> wrt;
  for (std::size_t k : w.operands) wrt.push_back(k - 1);
  std::vector<Value> args(in.begin(), in.end());
  std::vector<Type> seeds;
  for (std::size_t k : w.results) {
    args.push_back(adjoints[k]);
    seeds.push_back(adjoints[k].type());
  }
  const auto of_branch = [&](const FunctionPtr& f) { return backward(*f, wrt, w.results, seeds); };
  const auto grads = apply(b, make_op(If{of_branch(op.then_branch), of_branch(op.else_branch)}), args);
  Values out(in.size());
  for (std::size_t k = 0; k < wrt.size(); ++k) out[w.operands[k]] = grads[k];
  return out;
}

/// What is inside runs again once the gradients of the results are there: the barrier keeps it apart from the first
/// time.
Values of_checkpoint(Builder& b, const Checkpoint& op, std::span<const Value> in, const Values& adjoints,
                     const Wanted& w) {
  std::vector<Value> args(in.begin(), in.end());
  std::vector<Type> seeds;
  for (std::size_t k : w.results) {
    args.push_back(adjoints[k]);
    seeds.push_back(adjoints[k].type());
  }
  const FunctionPtr again = backward(*op.function, w.operands, w.results, seeds);
  const std::vector<Value> grads = inline_call(*again, apply(b, make_op(Barrier{}), args));
  Values out(in.size());
  for (std::size_t k = 0; k < w.operands.size(); ++k) out[w.operands[k]] = grads[k];
  return out;
}

/// The scan runs again and keeps the states that each step began with; then a scan in the other direction carries the
/// gradients of the states and of the constants.
class ScanGradient {
 public:
  ScanGradient(Builder& b, const ScanLoop& op, std::span<const Value> in, const Values& adjoints,
               std::span<const char> wanted)
      : b_(b),
        op_(op),
        in_(in),
        adjoints_(adjoints),
        states_(static_cast<std::size_t>(op.carried)),
        first_constant_(states_ + static_cast<std::size_t>(op.sequences)) {
    for (std::size_t k = 0; k < in.size(); ++k) {
      const bool is_state = k < states_;
      if (!is_float(in[k].dtype())) continue;
      if (is_state)
        carried_.push_back(k);  // a gradient may come from any state
      else if (wanted[k])
        (k < first_constant_ ? slices_ : constants_).push_back(k);
    }
  }

  Values run() {
    for (std::size_t k = states_; k < adjoints_.size(); ++k)
      if (adjoints_[k].defined()) stacked_.push_back(k);
    std::vector<Value> args;
    for (std::size_t k : carried_) args.push_back(adjoints_[k].defined() ? adjoints_[k] : zeros_of(b_, in_[k].type()));
    for (std::size_t k : constants_) args.push_back(zeros_of(b_, in_[k].type()));
    const std::size_t carried = args.size();
    append(args, kept_states());
    append(args, in_.subspan(states_, first_constant_ - states_));
    for (std::size_t k : stacked_) args.push_back(adjoints_[k]);
    const std::size_t sequences = args.size() - carried;
    append(args, in_.subspan(first_constant_));
    const auto grads = apply(
        b_, make_op(ScanLoop{body(), static_cast<i64>(carried), static_cast<i64>(sequences), op_.length, !op_.reverse}),
        args);
    Values out(in_.size());
    std::size_t at = 0;
    for (const auto* list : {&carried_, &constants_, &slices_})
      for (std::size_t k : *list) out[k] = grads[at++];
    return out;
  }

 private:
  std::vector<Value> kept_states() {
    if (states_ == 0) return {};
    auto keeping = make_function("keeping", op_.body->parameter_types(), [&](std::span<const Value> p) {
      std::vector<Value> results = copied(*op_.body, p);
      results.resize(states_);
      append(results, p.first(states_));
      return results;
    });
    const auto all = apply(b_, make_op(ScanLoop{keeping, op_.carried, op_.sequences, op_.length, op_.reverse}),
                           {in_.begin(), in_.end()});
    return {all.begin() + static_cast<std::ptrdiff_t>(states_), all.end()};
  }

  /// (gradients of states and constants, states, slices, gradients of results, constants) -> the first, and of slices.
  FunctionPtr body() {
    const Function& f = *op_.body;
    std::vector<std::size_t> wrt = carried_, from = carried_;
    append_to(wrt, constants_), append_to(wrt, slices_);
    append_to(from, stacked_);
    std::vector<Type> seed_types;
    for (std::size_t k : from) seed_types.push_back(f.results[k].type());
    const FunctionPtr step = backward(f, wrt, from, seed_types);
    std::vector<Type> types;
    auto type_of = [&](const std::vector<std::size_t>& list) {
      for (std::size_t k : list) types.push_back(f.parameters[k].type());
    };
    type_of(carried_), type_of(constants_);
    const std::vector<Type> parameters = f.parameter_types();
    types.insert(types.end(), parameters.begin(), parameters.begin() + static_cast<std::ptrdiff_t>(first_constant_));
    for (std::size_t k : stacked_) types.push_back(f.results[k].type());
    types.insert(types.end(), parameters.begin() + static_cast<std::ptrdiff_t>(first_constant_), parameters.end());
    return make_function(f.name + "_gradient", types, [&](std::span<const Value> p) {
      const std::size_t sums = carried_.size() + constants_.size(), seeds = sums + first_constant_;
      std::vector<Value> args(p.begin() + static_cast<std::ptrdiff_t>(sums),
                              p.begin() + static_cast<std::ptrdiff_t>(seeds));
      append(args, p.subspan(seeds + stacked_.size()));
      append(args, p.first(carried_.size()));
      append(args, p.subspan(seeds, stacked_.size()));
      std::vector<Value> grads = inline_call(*step, args);
      for (std::size_t k = 0; k < constants_.size(); ++k)
        grads[carried_.size() + k] = grads[carried_.size() + k] + p[carried_.size() + k];
      return grads;
    });
  }

  static void append_to(std::vector<std::size_t>& to, const std::vector<std::size_t>& more) {
    to.insert(to.end(), more.begin(), more.end());
  }

  Builder& b_;
  const ScanLoop& op_;
  std::span<const Value> in_;
  const Values& adjoints_;
  std::size_t states_, first_constant_;
  std::vector<std::size_t> carried_, slices_, constants_,
      stacked_;  ///< operands of each kind that carry a gradient; results
};

/// A loop with a bound as that many steps, each of which leaves the state as it is once the condition has failed.
ScanLoop as_scan(const While& op) {
  require(op.bound > 0, "while: a loop without a bound has no gradient, since its steps must be kept; give `bound`");
  const Function& step = *op.body;
  auto stay = make_function("stay", step.parameter_types(),
                            [](std::span<const Value> p) { return std::vector<Value>(p.begin(), p.end()); });
  auto body = make_function(step.name + "_while", step.parameter_types(), [&](std::span<const Value> p) {
    const Value goes_on = copied(*op.condition, p)[0];
    return cond(goes_on, op.body, stay, std::vector<Value>(p.begin(), p.end()));
  });
  return {body, static_cast<i64>(step.parameters.size()), 0, op.bound};
}

}  // namespace

Value fitted(const Value& derivative, const Value& of) {
  if (derivative.type() == of.type()) return derivative;
  const auto out = expr::indices(of.shape());
  expr::Expr e = expr::compute({derivative.type(), of.type()}, expr::dims(out),
                               expr::Input(0, derivative.type()).outside(0)(expr::ats(out)));
  return apply_op(make_op(Formula{std::move(e), "fitted gradient"}), std::vector<Value>{derivative, of});
}

std::optional<Values> control_gradients(Builder& b, const Node& node, const Values& adjoints,
                                        std::span<const char> wanted) {
  const std::span<const Value> in = node.recorded_args();
  if (const If* op = get_if<If>(node.op())) return of_if(b, *op, in, adjoints, wanted_of(adjoints, wanted));
  if (const Checkpoint* op = get_if<Checkpoint>(node.op()))
    return of_checkpoint(b, *op, in, adjoints, wanted_of(adjoints, wanted));
  if (const ScanLoop* op = get_if<ScanLoop>(node.op())) return ScanGradient(b, *op, in, adjoints, wanted).run();
  if (const While* op = get_if<While>(node.op())) return ScanGradient(b, as_scan(*op), in, adjoints, wanted).run();
  return {};
}

}  // namespace tenon
