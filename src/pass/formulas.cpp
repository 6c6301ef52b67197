#include "pass/formulas.h"

#include "expr/pool.h"
#include "op/formula.h"

namespace tenon {

using expr::Expr;

std::vector<char> operands_read(const Expr& e) {
  std::vector<char> read(e.in.size(), 0);
  for (const expr::Node& n : e.nodes)
    if (n.kind == expr::Kind::Load) read[static_cast<std::size_t>(n.operand)] = 1;
  return read;
}

bool body_reads(const Expr& e, std::int32_t k) {
  expr::Open o = expr::open(e);
  bool found = false;
  visit(o.p(), o.body, [&](expr::NodeId id) {
    const expr::Node& n = o.p()[id];
    found |= n.kind == expr::Kind::Load && n.operand == k;
  });
  return found;
}

Value formula_of(const Expr& e, std::vector<Value> operands, const std::string& label) {
  Expr small = compact_operands(e, operands);
  return {Node::make(make_op(Formula{std::move(small), label}), {operands.begin(), operands.end()}), 0};
}

double points_of(const Expr& e) {
  double n = 1;
  for (i64 d : e.domain.extent) n *= static_cast<double>(d);
  return n;
}

}  // namespace tenon
