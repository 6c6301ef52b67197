#include "autodiff/forward.h"

#include <algorithm>
#include <unordered_map>

#include "autodiff/control.h"
#include "autodiff/derivative.h"
#include "autodiff/reverse.h"
#include "ir/walk.h"
#include "op/shape/full.h"

namespace tenon {

namespace {

std::vector<Value> outputs_of(const NodeRef& node) {
  std::vector<Value> out;
  for (std::size_t k = 0; k < node->outputs(); ++k) out.emplace_back(node, static_cast<std::int32_t>(k));
  return out;
}

Value zeros(Builder& b, const Type& t) { return b.apply1(make_op(Full{0, t.dtype, t.shape}), {}); }

/// A function of some values under construction, and these values.
struct Local {
  Function f;
  std::vector<Value> given;

  Value parameter(const Value& v) {
    given.push_back(v);
    return f.parameters.emplace_back(Node::parameter(v.type()), 0);
  }
  /// In place of a value whose elements an operator may look at while it is built.
  Value parameter_or_known(const Value& v) {
    const Operand seen = operand_of(v);
    return seen.constant != nullptr || seen.extents != nullptr ? v : parameter(v);
  }
};

class Forward {
 public:
  Forward(std::span<const Value> wrt, std::span<const Value> directions) {
    for (std::size_t k = 0; k < wrt.size(); ++k)
      if (directions[k].defined()) tangents_[wrt[k]] = directions[k];
  }

  void run(std::span<const Value> roots) {
    const Walk walk(roots, /*history=*/true);
    for (Node* node : walk.nodes())
      if (node->recorded_op() != nullptr) visit(node->ref());
  }

  Value value(const Value& v) const {
    const auto it = values_.find(v);
    return it == values_.end() ? v : it->second;
  }
  /// Undefined where it is zero.
  Value tangent(const Value& v) const {
    const auto it = tangents_.find(v);
    return it == tangents_.end() ? Value() : it->second;
  }

 private:
  using Map = std::unordered_map<Value, Value, ValueHash>;

  void visit(const NodeRef& node) {
    std::vector<Value> args, moves;
    bool moved = false, active = false;
    for (const Value& v : node->recorded_args()) {
      args.push_back(value(v));
      moved |= !(args.back() == v);
      moves.push_back(tangent(v));
      active |= moves.back().defined();
    }
    std::vector<Value> now = outputs_of(node);
    if (active && !node->op().traits().stops_gradient && std::ranges::any_of(node->types(), has_tangent)) {
      if (auto both = control_tangents(builder_, node->op(), args, moves)) {
        for (std::size_t k = 0; k < now.size(); ++k) values_[now[k]] = both->values[k];
        return keep(now, std::move(both->tangents));
      }
      if (moved) now = replaced(node, args);
      return keep(outputs_of(node), tangents_of(node, args, now, moves));
    }
    if (moved && !node->is_settled()) replaced(node, args);
  }

  /// The outputs of the same operator on what stands for its operands now.
  std::vector<Value> replaced(const NodeRef& node, std::span<const Value> args) {
    const std::vector<Value> before = outputs_of(node);
    const Values outputs = builder_.apply(node->op_ref(), args);
    for (std::size_t k = 0; k < before.size(); ++k) values_[before[k]] = outputs[k];
    return {outputs.begin(), outputs.end()};
  }

  void keep(std::span<const Value> outputs, std::vector<Value> found) {
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      if (!found[k].defined()) continue;
      if (found[k].type() != outputs[k].type())
        throw InternalError(fmt::format("{}: the tangent of output {} is {}, expected {}",
                                        outputs[k].node()->recorded_op()->name(), k, found[k].type(),
                                        outputs[k].type()));
      tangents_.try_emplace(outputs[k], std::move(found[k]));  // a direction that is given stays
    }
  }

  std::vector<Value> tangents_of(const NodeRef& node, std::span<const Value> args, std::span<const Value> out,
                                 std::span<const Value> moves) {
    const Op& op = *node->recorded_op();
    if (op.has_vjp()) return by_transposition(op, args, out, moves);
    if (op.has_define()) return {by_formula(node->recorded_op(), args, out[0], moves)};
    if (op.has_expand()) return by_expansion(op, args, moves);
    fail(
        "{}: this operator has no directional derivative; keep it out of what is differentiated, or apply "
        "stop_gradient to its operands",
        op.name());
  }

  Value by_formula(const OpRef& op, std::span<const Value> args, const Value& out, std::span<const Value> moves) {
    std::vector<Type> types;
    std::vector<char> active;
    std::vector<Value> operands(args.begin(), args.end());
    for (std::size_t k = 0; k < args.size(); ++k) {
      types.push_back(args[k].type());
      active.push_back(moves[k].defined());
      if (active.back()) operands.push_back(moves[k]);
    }
    const auto formula = tangent_of(op, types, active);
    if (!formula->term) return {};
    std::vector<Value> read;
    for (const std::int32_t number : formula->term->operands) {
      const auto k = static_cast<std::size_t>(number);
      if (k < operands.size()) {
        read.push_back(operands[k]);
        continue;
      }
      const OpRef& helper = formula->helpers[k - operands.size()];
      read.push_back(helper == nullptr ? out : builder_.apply(helper, args)[0]);
    }
    return formula->term->op == nullptr ? read[0] : builder_.apply(formula->term->op, read)[0];
  }

  /// The gradient u -> J^T u is linear in u, so its own gradient along the tangents is J times them.
  std::vector<Value> by_transposition(const Op& op, std::span<const Value> args, std::span<const Value> out,
                                      std::span<const Value> moves) {
    Local local;
    std::vector<Value> in, results, incoming, by, roots, seeds;
    for (std::size_t k = 0; k < args.size(); ++k)
      in.push_back(moves[k].defined() ? local.parameter(args[k]) : local.parameter_or_known(args[k]));
    for (const Value& v : out) results.push_back(local.parameter(v));
    for (const Value& v : out) {
      incoming.push_back(has_tangent(v.type()) ? local.parameter(zeros(builder_, v.type())) : Value());
      if (incoming.back().defined()) by.push_back(incoming.back());
    }
    const Values gradient = op.vjp(builder_, in, results, incoming);
    for (std::size_t k = 0; k < args.size(); ++k) {
      if (!moves[k].defined() || !gradient[k].defined()) continue;
      roots.push_back(gradient[k]);
      seeds.push_back(local.parameter(moves[k]));
    }
    std::vector<Value> found(out.size());
    if (roots.empty()) return found;
    local.f.results = gradients(roots, by, seeds);
    const std::vector<Value> inlined = inline_call(local.f, local.given);
    for (std::size_t k = 0, next = 0; k < out.size(); ++k)
      if (incoming[k].defined()) found[k] = inlined[next++];
    return found;
  }

  std::vector<Value> by_expansion(const Op& op, std::span<const Value> args, std::span<const Value> moves) {
    Local local;
    std::vector<Value> operands, wrt, directions;
    for (std::size_t k = 0; k < args.size(); ++k) {
      operands.push_back(moves[k].defined() ? local.parameter(args[k]) : local.parameter_or_known(args[k]));
      if (!moves[k].defined()) continue;
      wrt.push_back(operands.back());
      directions.push_back(local.parameter(moves[k]));
    }
    const Values results = op.expand(builder_, operands);
    const Tangents inner = tenon::tangents(results, wrt, directions);
    std::vector<std::size_t> at;
    for (std::size_t k = 0; k < results.size(); ++k) {
      if (!inner.tangents[k].defined()) continue;
      at.push_back(k);
      local.f.results.push_back(inner.tangents[k]);
    }
    std::vector<Value> found(results.size());
    const std::vector<Value> inlined = inline_call(local.f, local.given);
    for (std::size_t k = 0; k < at.size(); ++k) found[at[k]] = inlined[k];
    return found;
  }

  Map values_, tangents_;
  Builder builder_;
};

}  // namespace

bool has_tangent(const Type& t) { return t.is_dense() && is_float(t.dtype); }

Tangents tangents(std::span<const Value> roots, std::span<const Value> wrt, std::span<const Value> directions) {
  expect(wrt.size() == directions.size(), "a direction for each value");
  for (std::size_t k = 0; k < wrt.size(); ++k) {
    require(wrt[k].defined(), "tangents: value {} to differentiate by is undefined", k);
    require(has_tangent(wrt[k].type()), "tangents: value {} to differentiate by is {}, expected a float tensor", k,
            wrt[k].type());
    if (!directions[k].defined()) continue;
    require(directions[k].type() == wrt[k].type(), "tangents: direction {} is {}, expected the type of its value, {}",
            k, directions[k].type(), wrt[k].type());
  }
  Forward forward(wrt, directions);
  forward.run(roots);
  Tangents result;
  for (const Value& v : roots) {
    result.values.push_back(forward.value(v));
    result.tangents.push_back(forward.tangent(v));
  }
  return result;
}

Function jvp(const Function& f, std::span<const std::size_t> wrt) {
  Function g{f.name + "_jvp", f.parameters, {}};
  std::vector<Value> by, directions;
  for (std::size_t k : wrt) {
    require(k < f.parameters.size(), "jvp: function {} has {} parameters, asked for number {}", f.name,
            f.parameters.size(), k);
    by.push_back(f.parameters[k]);
    directions.push_back(g.parameters.emplace_back(Node::parameter(f.parameters[k].type()), 0));
  }
  const Tangents both = tangents(f.results, by, directions);
  g.results = both.values;
  Builder builder;
  for (std::size_t k = 0; k < f.results.size(); ++k) {
    const Type& type = f.results[k].type();
    if (!has_tangent(type)) continue;
    g.results.push_back(both.tangents[k].defined() ? both.tangents[k] : zeros(builder, type));
  }
  return g;
}

}  // namespace tenon
