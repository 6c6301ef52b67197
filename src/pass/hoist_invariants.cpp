#include <algorithm>

#include "ir/walk.h"
#include "op/control/scan.h"
#include "op/control/while.h"
#include "pass/bodies.h"
#include "pass/pass.h"

namespace tenon {

namespace {

bool is_operator(const Node& n) { return !n.is_parameter() && !n.is_settled(); }

/// Reads an element whose position is data, which may be out of range.
bool checks_positions(const Node& n) {
  std::vector<Type> types;
  for (const Value& v : n.args()) types.push_back(v.type());
  const expr::Expr e = n.op().define(types);
  return std::ranges::any_of(e.nodes, [](const expr::Node& node) {
    return std::ranges::any_of(node.at, [](const expr::Coord& c) { return c.data != expr::kNone; });
  });
}

/// A loop that runs no step computes nothing, so what moves out of it must not be able to fail.
bool may_move(const Node& n) {
  if (n.op().traits().view) return true;
  return n.op().has_define() && !n.op().traits().host && !checks_positions(n);
}

/// Moving or repeating elements costs no more inside of the loop than reading the result would.
bool is_worth_moving(const Node& n) {
  const Traits& t = n.op().traits();
  return !t.index_map && !t.leaf && !t.view;
}

/// Finds in a loop's body what depends on the given parameters alone.
class Invariants {
 public:
  Invariants(const Function& body, const std::vector<char>& fixed) : body_(body) {
    for (std::size_t k = 0; k < fixed.size(); ++k)
      if (fixed[k]) state_[body.parameters[k].node().get()] = kInvariant;
    for (const Node* n : topological(body.results)) {
      const bool known = state_.find(n) != nullptr || n->is_settled();
      const bool follows =
          is_operator(*n) && std::ranges::all_of(n->args(), [&](const Value& v) { return invariant(v); });
      state_[n] = known || (follows && may_move(*n)) ? kInvariant : kVaries;
    }
  }

  /// The results of worth that something which varies reads, each once.
  std::vector<Value> frontier() {
    for (const Node* n : topological(body_.results))
      if (!invariant(*n))
        for (const Value& v : n->args()) collect(v);
    for (const Value& v : body_.results) collect(v);
    return found_;
  }

 private:
  static constexpr char kVaries = 1, kInvariant = 2;
  bool invariant(const Node& n) const {
    const char* s = state_.find(&n);
    return s != nullptr && *s == kInvariant;
  }
  bool invariant(const Value& v) const { return invariant(*v.node()); }

  void collect(const Value& v) {
    std::vector<Value> open{v};
    while (!open.empty()) {
      const Value now = open.back();
      open.pop_back();
      const Node& n = *now.node();
      if (!is_operator(n) || !invariant(n) || !seen_.try_emplace(&n, 1).second) continue;
      if (is_worth_moving(n))
        for (std::size_t k = 0; k < n.outputs(); ++k) found_.emplace_back(n.ref(), static_cast<std::int32_t>(k));
      else
        open.insert(open.end(), n.args().begin(), n.args().end());
    }
  }

  const Function& body_;
  NodeMap<char> state_, seen_;
  std::vector<Value> found_;
};

/// The body with parameters in place of what has moved, behind all others.
Function without(const Function& body, const std::vector<Value>& moved) {
  std::vector<Value> fresh;
  for (const Value& v : moved) fresh.emplace_back(Node::parameter(v.type()), 0);
  Function g = rebuild(body, [&](const Node& n, std::span<const Value>) {
    Values outputs;
    for (std::size_t k = 0; k < moved.size(); ++k)
      if (moved[k].node().get() == &n) outputs.push_back(fresh[k]);
    return outputs;
  });
  g.parameters.insert(g.parameters.end(), fresh.begin(), fresh.end());
  return g;
}

/// What has moved, of the loop's operands.
std::vector<Value> computed_before(const Function& body, const std::vector<char>& fixed,
                                   const std::vector<Value>& moved, std::span<const Value> args) {
  Function f{body.name, {}, moved};
  std::vector<Value> operands;
  for (std::size_t k = 0; k < fixed.size(); ++k) {
    if (!fixed[k]) continue;
    f.parameters.push_back(body.parameters[k]);
    operands.push_back(args[k]);
  }
  return inline_call(f, operands);
}

Values first_outputs(const NodeRef& n, std::size_t count) {
  Values outputs;
  for (std::size_t k = 0; k < count; ++k) outputs.emplace_back(n, static_cast<std::int32_t>(k));
  return outputs;
}

void remark(Remarks& remarks, const Node& loop, const std::vector<Value>& moved) {
  for (const Value& v : moved)
    if (v.output() == 0) remarks.did_to(*v.node(), "moved out of the loop", &loop);
}

SmallVector<Value, 3> joined(std::span<const Value> args, const std::vector<Value>& more) {
  SmallVector<Value, 3> all(args.begin(), args.end());
  for (const Value& v : more) all.push_back(v);
  return all;
}

Values hoisted(const Node& n, const ScanLoop& op, std::span<const Value> args, Remarks& remarks) {
  std::vector<char> fixed(args.size(), 0);
  for (std::size_t k = 0; k < fixed.size(); ++k)
    fixed[k] = static_cast<i64>(k) < op.carried ? op.body->results[k] == op.body->parameters[k]
                                                : static_cast<i64>(k) >= op.carried + op.sequences;
  const std::vector<Value> moved = Invariants(*op.body, fixed).frontier();
  if (moved.empty()) return {};
  remark(remarks, n, moved);
  ScanLoop smaller = op;
  smaller.body = std::make_shared<const Function>(without(*op.body, moved));
  const NodeRef loop =
      Node::make(make_op(std::move(smaller)), joined(args, computed_before(*op.body, fixed, moved, args)));
  return first_outputs(loop, n.outputs());
}

Values hoisted(const Node& n, const While& op, std::span<const Value> args, Remarks& remarks) {
  std::vector<char> fixed(args.size(), 0);
  for (std::size_t k = 0; k < fixed.size(); ++k) fixed[k] = op.body->results[k] == op.body->parameters[k];
  const std::vector<Value> moved = Invariants(*op.body, fixed).frontier();
  if (moved.empty()) return {};
  remark(remarks, n, moved);
  Function body = without(*op.body, moved), condition = *op.condition;
  for (std::size_t k = 0; k < moved.size(); ++k) {
    body.results.push_back(body.parameters[args.size() + k]);
    condition.parameters.emplace_back(Node::parameter(moved[k].type()), 0);
  }
  While smaller = op;
  smaller.condition = std::make_shared<const Function>(std::move(condition));
  smaller.body = std::make_shared<const Function>(std::move(body));
  const NodeRef loop = Node::make(make_op(smaller), joined(args, computed_before(*op.body, fixed, moved, args)));
  return first_outputs(loop, n.outputs());
}

}  // namespace

Function hoist_invariants(const Function& f, Remarks& remarks) {
  // Inner loops first: what leaves them may leave the outer ones too.
  const Function inside = with_bodies(f, [&](const Function& body) {
    Remarks inner = remarks.wanted() ? Remarks(body) : Remarks();
    Function renewed = hoist_invariants(body, inner);
    remarks.add(inner, body.name);
    return renewed;
  });
  return rebuild(inside, [&](const Node& n, std::span<const Value> args) -> Values {
    if (const ScanLoop* scan = get_if<ScanLoop>(n.op())) return hoisted(n, *scan, args, remarks);
    if (const While* loop = get_if<While>(n.op())) return hoisted(n, *loop, args, remarks);
    return {};
  });
}

}  // namespace tenon
