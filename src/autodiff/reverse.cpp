#include "autodiff/reverse.h"

#include <algorithm>

#include "autodiff/control.h"
#include "autodiff/derivative.h"
#include "ir/walk.h"
#include "op/index/dense_rows.h"
#include "op/math/add.h"
#include "op/shape/full.h"

namespace tenon {

namespace {

Value full_like(Builder& b, double value, const Type& type) {
  return b.apply1(make_op(Full{value, type.dtype, type.shape}), {});
}

Value sum(Builder& b, const Value& x, const Value& y) {
  if (!x.defined()) return y;
  Value rows = joined_rows(b, x, y);
  return rows.defined() ? rows : b.apply1(make_op(Add{}), {x, y});
}

/// The values between some roots and what is differentiated by.
class Reverse {
 public:
  Reverse(std::span<const Value> roots, std::span<const Value> wrt)
      : walk_(roots, /*history=*/true), entries_(walk_.size()) {
    for (const Value& v : wrt)
      if (walk_.position(v.node().get()) >= 0) entries_[v.node().get()].needed = true;
    for (const Node* node : walk_.nodes()) {
      if (node->recorded_op() == nullptr || node->op().traits().stops_gradient) continue;
      if (std::ranges::any_of(node->recorded_args(), [&](const Value& v) { return is_needed(v); })) {
        Entry& e = entries_[node];
        e.needed = e.inner = true;
      }
    }
  }

  /// Adds to the adjoint of `v`, if it leads anywhere.
  void add(const Value& v, const Value& adjoint) {
    if (!is_needed(v)) return;
    Entry& e = *entries_.find(v.node().get());
    if (e.adjoints.empty()) {
      e.node = v.node();
      e.adjoints.resize(v.node()->outputs());
    }
    Value& total = e.adjoints[static_cast<std::size_t>(v.output())];
    total = sum(builder_, total, adjoint);
  }

  void run() {
    for (std::size_t k = walk_.nodes().size(); k-- > 0;) {
      const Entry* found = entries_.find(walk_.nodes()[k]);
      if (found == nullptr || !found->inner || found->adjoints.empty()) continue;
      Entry e = *found;
      Values grads = operand_gradients(e.node, e.adjoints);
      expect(grads.size() == e.node->recorded_args().size(), "a gradient for each operand");
      for (std::size_t a = 0; a < grads.size(); ++a) {
        const Value& arg = e.node->recorded_args()[a];
        if (!grads[a].defined() || !is_needed(arg)) continue;
        if (grads[a].type() != arg.type())
          throw InternalError(fmt::format("{}: the gradient of operand {} is {}, expected {}", e.node->op().name(), a,
                                          grads[a].type(), arg.type()));
        add(arg, grads[a]);
      }
    }
  }

  /// Undefined where it is zero.
  Value adjoint(const Value& v) const {
    const Entry* e = entries_.find(v.node().get());
    return e == nullptr || e->adjoints.empty() ? Value() : e->adjoints[static_cast<std::size_t>(v.output())];
  }

  Builder& builder() { return builder_; }

 private:
  struct Entry {
    bool needed = false;  ///< leads to what is differentiated by, or is it
    bool inner = false;   ///< an operand is needed
    NodeRef node;         ///< set with the first adjoint
    Values adjoints;      ///< by output
  };

  bool is_needed(const Value& v) const {
    const Entry* e = entries_.find(v.node().get());
    return e != nullptr && e->needed && is_float(v.dtype());
  }

  Values operand_gradients(const NodeRef& node, const Values& adjoints) {
    const Op& op = node->op();
    Values out;
    for (std::size_t k = 0; k < node->outputs(); ++k) out.emplace_back(node, static_cast<std::int32_t>(k));
    if (op.has_vjp()) return op.vjp(builder_, node->recorded_args(), out, adjoints);
    if (op.has_define()) return by_formula(node, out[0], adjoints[0]);
    std::vector<char> wanted;
    for (const Value& v : node->recorded_args()) wanted.push_back(is_needed(v));
    if (auto grads = control_gradients(builder_, *node, adjoints, wanted)) return std::move(*grads);
    if (op.has_expand()) return by_expansion(*node, adjoints);
    fail(
        "{}: this operator has no gradient; keep it out of what is differentiated, or apply stop_gradient to its "
        "operands",
        op.name());
  }

  Values by_formula(const NodeRef& node, const Value& out, const Value& adjoint) {
    std::vector<Type> types;
    for (const Value& v : node->recorded_args()) types.push_back(v.type());
    auto derivative = derivative_of(node->op_ref(), types);
    std::vector<Value> operands(node->recorded_args().begin(), node->recorded_args().end());
    const std::size_t n = operands.size();
    operands.push_back(adjoint);
    operands.resize(n + 1 + derivative->helpers.size());
    auto operand = [&](std::int32_t number) -> const Value& {
      auto k = static_cast<std::size_t>(number);
      Value& v = operands[k];
      if (v.defined()) return v;
      const OpRef& op = derivative->helpers[k - n - 1];
      v = op == nullptr ? out : builder_.apply(op, node->recorded_args())[0];
      return v;
    };
    Values grads(n);
    for (std::size_t k = 0; k < n; ++k) {
      if (!is_needed(node->recorded_args()[k])) continue;
      for (const DerivativeTerm& t : derivative->terms[k]) {
        std::vector<Value> args;
        for (std::int32_t number : t.operands) args.push_back(operand(number));
        grads[k] = sum(builder_, grads[k], t.op == nullptr ? args[0] : builder_.apply(t.op, args)[0]);
      }
    }
    return grads;
  }

  /// Differentiates the expansion on its own, over parameters, so that the walk ends at the node's operands.
  Values by_expansion(const Node& node, const Values& adjoints) {
    Function f{std::string(node.op().name()) + " gradient", {}, {}};
    std::vector<Value> given, operands, wrt;
    auto parameter = [&](const Value& v) {
      given.push_back(v);
      return f.parameters.emplace_back(Node::parameter(v.type()), 0);
    };
    for (const Value& v : node.recorded_args()) {
      const Operand seen = operand_of(v);  // an expansion may look at what is known
      const bool known = !is_needed(v) && (seen.constant != nullptr || seen.extents != nullptr);
      operands.push_back(known ? v : parameter(v));
      if (is_needed(v)) wrt.push_back(operands.back());
    }
    Values results = node.op().expand(builder_, operands);
    Reverse inner(results, wrt);
    for (std::size_t k = 0; k < results.size(); ++k)
      if (adjoints[k].defined()) inner.add(results[k], parameter(adjoints[k]));
    inner.run();

    std::vector<std::size_t> at;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      Value g = is_needed(node.recorded_args()[k]) ? inner.adjoint(operands[k]) : Value();
      if (!g.defined()) continue;
      at.push_back(k);
      f.results.push_back(std::move(g));
    }
    std::vector<Value> inlined = inline_call(f, given);
    Values grads(operands.size());
    for (std::size_t k = 0; k < at.size(); ++k) grads[at[k]] = inlined[k];
    return grads;
  }

  Walk walk_;
  NodeMap<Entry> entries_;
  Builder builder_;
};

}  // namespace

std::vector<Value> gradients(const Value& loss, std::span<const Value> wrt, const Value& seed) {
  require(loss.defined(), "gradients: the loss is undefined");
  require(is_float(loss.dtype()), "gradients: the loss is {}, expected a float type; cast it", loss.type());
  if (seed.defined())
    require(seed.type() == loss.type(), "gradients: the seed is {}, expected the type of the loss, {}", seed.type(),
            loss.type());
  else
    require(element_count(loss.shape()) == 1,
            "gradients: the loss is {}, expected one element; reduce it or give a seed", loss.type());
  for (std::size_t k = 0; k < wrt.size(); ++k) {
    require(wrt[k].defined(), "gradients: value {} to differentiate by is undefined", k);
    require(is_float(wrt[k].dtype()), "gradients: value {} to differentiate by is {}, expected a float type", k,
            wrt[k].type());
  }
  Builder builder;
  const Value initial = seed.defined() ? seed : full_like(builder, 1, loss.type());
  return gradients(std::span(&loss, 1), wrt, std::span(&initial, 1));
}

std::vector<Value> gradients(std::span<const Value> roots, std::span<const Value> wrt, std::span<const Value> seeds) {
  expect(roots.size() == seeds.size(), "a seed for each root");
  Reverse reverse(roots, wrt);
  for (std::size_t k = 0; k < roots.size(); ++k) reverse.add(roots[k], seeds[k]);
  reverse.run();
  std::vector<Value> result;
  for (const Value& v : wrt) {
    Value g = reverse.adjoint(v);
    result.push_back(g.defined() ? g : full_like(reverse.builder(), 0, v.type()));
  }
  return result;
}

Function with_gradients(const Function& f, std::span<const std::size_t> wrt) {
  require(!f.results.empty(), "with_gradients: function {} has no result", f.name);
  std::vector<Value> by;
  for (std::size_t k : wrt) {
    require(k < f.parameters.size(), "with_gradients: function {} has {} parameters, asked for number {}", f.name,
            f.parameters.size(), k);
    by.push_back(f.parameters[k]);
  }
  Function g = f;
  for (Value& v : gradients(f.results[0], by)) g.results.push_back(std::move(v));
  return g;
}

}  // namespace tenon
