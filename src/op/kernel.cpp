#include "op/kernel.h"

#include <algorithm>
#include <unordered_set>

#include "expr/rows.h"
#include "op/control/function.h"
#include "op/formula.h"

namespace tenon {

namespace {

bool is_computed_value(const Value& v) { return !v.node()->is_parameter() && !v.node()->is_settled(); }

void require_rows(const FusedKernel& kernel, const std::vector<Node*>& nodes) {
  std::vector<expr::RowStage> stages;
  for (const Node* n : nodes) {
    const Formula* formula = get_if<Formula>(n->op());
    require(formula != nullptr, "kernel: the body applies {}; only formulas have rows", n->op().name());
    expr::RowStage& stage = stages.emplace_back(expr::RowStage{&formula->e, {}});
    for (const Value& v : n->args()) stage.made.push_back(is_computed_value(v));
  }
  const std::int32_t most = expr::common_rows(stages);
  require(kernel.rows <= most, "kernel: {} rows are given, but the formulas of the body have {} in common", kernel.rows,
          most);
}

void require_parts(const std::vector<Node*>& nodes) {
  for (const Node* n : nodes) {
    const FusedKernel* inner = get_if<FusedKernel>(n->op());
    require(inner || get_if<Formula>(n->op()), "kernel: the body applies {}; only formulas and kernels can be parts",
            n->op().name());
    require(!inner || inner->is_staged(), "kernel: a part holds parts of its own; give them to the kernel around it");
  }
}

}  // namespace

bool FusedKernel::is_staged() const {
  if (rows > 0) return true;
  const auto nodes = topological(body->results);
  return std::ranges::any_of(
      nodes, [](const Node* n) { return !n->is_parameter() && std::ranges::any_of(n->args(), is_computed_value); });
}

Types FusedKernel::infer(Operands in) const {
  require(rows >= 0, "kernel: rows is {}; expected at least 0", rows);
  Types types = results_of(name, "body", body, in);
  std::vector<Node*> nodes;
  for (Node* n : topological(body->results))
    if (!n->is_parameter() && !n->is_settled()) nodes.push_back(n);
  std::unordered_set<Value, ValueHash> seen;
  for (const Value& r : body->results)
    require(is_computed_value(r) && seen.insert(r).second, "kernel: the body gives back a parameter, or a value twice");
  if (is_staged())
    require_rows(*this, nodes);
  else
    require_parts(nodes);
  return types;
}

Values FusedKernel::expand(Builder&, std::span<const Value> in) const {
  std::vector<Value> results = inline_call(*body, in);
  return {results.begin(), results.end()};
}

std::vector<Case<FusedKernel>> FusedKernel::samples() {
  using namespace expr;
  std::vector<Case<FusedKernel>> list;
  for (DType t : {DType::F32, DType::F64}) {
    const Type x{t, {3, 5}}, row{t, {3}};
    const Index i("i", 3), j("j", 5);
    const Input a(0, x), mean(1, row);
    const OpRef centre = make_op(Formula{compute({x, row}, {i, j}, a(i, j) - mean(i)), "sub"});
    const OpRef sum_of = make_op(Formula{compute({x}, {i}, sum({j}, a(i, j)) * 0.2), "mean"});
    const FunctionPtr body = make_function("centred", {x}, [&](const std::vector<Value>& in) {
      Builder b;
      return std::vector<Value>{b.apply1(centre, {in[0], b.apply1(sum_of, {in[0]})})};
    });
    const FunctionPtr both = make_function("both", {x, row}, [&](const std::vector<Value>& in) {
      Builder b;
      return std::vector<Value>{b.apply1(centre, {in[0], in[1]}), b.apply1(sum_of, {in[0]})};
    });
    list.push_back({{body, 1, "centred"}, {{x}}});
    list.push_back({{both, 0, "sub, mean"}, {{x}, {row}}});
  }
  return list;
}

}  // namespace tenon
