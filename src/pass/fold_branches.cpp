#include "op/control/if.h"
#include "op/control/while.h"
#include "pass/pass.h"

namespace tenon {

namespace {

Values outputs_of(std::vector<Value> results) { return {results.begin(), results.end()}; }

bool has_types(const std::vector<Value>& values, const Types& types) {
  return values.size() == types.size() &&
         std::ranges::equal(values, types, {}, [](const Value& v) { return v.type(); });
}

/// The truth that a condition is known to have.
std::optional<bool> truth_of(const Value& condition) {
  const std::optional<Number> n = uniform_value(condition);
  return n ? std::optional(n->truth()) : std::nullopt;
}

Values folded_if(const Node& n, const If& op, std::span<const Value> args, Remarks& remarks) {
  const std::optional<bool> truth = truth_of(args[0]);
  const bool equal = !truth && structurally_equal(*op.then_branch, *op.else_branch);
  if (!truth && !equal) {
    remarks.declined_at(n, "its condition is not known");
    return {};
  }
  std::vector<Value> results = inline_call(truth.value_or(true) ? *op.then_branch : *op.else_branch, args.subspan(1));
  if (!has_types(results, n.types())) {
    remarks.declined_at(n, "the branch has extents that the other has not");
    return {};
  }
  remarks.did_to(n, equal ? "both branches are the same" : "the branch that is taken is known");
  return outputs_of(std::move(results));
}

Values folded_while(const Node& n, const While& op, std::span<const Value> args, Remarks& remarks) {
  if (truth_of(op.condition->results[0]) != std::optional(false)) return {};
  remarks.did_to(n, "the loop never runs");
  return {args.begin(), args.end()};
}

}  // namespace

Function fold_branches(const Function& f, Remarks& remarks) {
  return rebuild(f, [&](const Node& n, std::span<const Value> args) -> Values {
    if (const If* branch = get_if<If>(n.op())) return folded_if(n, *branch, args, remarks);
    if (const While* loop = get_if<While>(n.op())) return folded_while(n, *loop, args, remarks);
    return {};
  });
}

}  // namespace tenon
