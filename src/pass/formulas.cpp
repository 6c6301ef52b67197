#include "pass/formulas.h"

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
  std::vector<char> reached(e.nodes.size(), 0);
  const auto reach = [&](expr::NodeId id) {
    if (id != expr::kNone) reached[static_cast<std::size_t>(id)] = 1;
  };
  reach(e.body);
  for (expr::NodeId id = e.body; id >= 0; --id) {  // children come before parents
    if (!reached[static_cast<std::size_t>(id)]) continue;
    const expr::Node& n = e.node(id);
    if (n.kind == expr::Kind::Load && n.operand == k) return true;
    for (expr::NodeId a : n.args) reach(a);
    for (const expr::Coord& c : n.at) reach(c.data);
    for (const expr::Cond& c : n.cond) reach(c.e.data);
  }
  return false;
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
