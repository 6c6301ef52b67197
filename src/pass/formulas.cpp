#include "pass/formulas.h"

#include "expr/pool.h"

namespace tenon {

using expr::Expr;

std::vector<char> operands_read(const Expr& e) {
  std::vector<char> read(e.in.size(), 0);
  for (const expr::Node& n : e.nodes)
    if (n.kind == expr::Kind::Load) read[static_cast<std::size_t>(n.operand)] = 1;
  return read;
}

bool reads_operand(const Expr& e, std::int32_t k, bool whole) {
  bool found = false;
  expr::Open o = expr::open(e);
  auto look = [&](expr::NodeId id) {
    const expr::Node& n = o.p()[id];
    found |= n.kind == expr::Kind::Load && n.operand == k;
  };
  visit(o.p(), o.body, look);
  if (whole) visit(o.p(), o.post, look);
  return found;
}

double points_of(const Expr& e) {
  double n = 1;
  for (i64 d : e.domain.extent) n *= static_cast<double>(d);
  return n;
}

Expr rename_operands(const Expr& e, const std::vector<std::int32_t>& number, std::vector<Type> in) {
  Expr r = e;
  r.in = std::move(in);
  for (expr::Node& n : r.nodes)
    if (n.kind == expr::Kind::Load) n.operand = number[static_cast<std::size_t>(n.operand)];
  return expr::close(expr::open(r));
}

}  // namespace tenon
