// What the passes over formulas share.
#pragma once
#include <string>
#include <vector>

#include "expr/analyse.h"
#include "ir/graph.h"

namespace tenon {

/// Renumbers the operands of `e`: equal values become one operand, unread ones go. `args` is changed alike.
template <class Ref>
expr::Expr compact_operands(const expr::Expr& e, std::vector<Ref>& args);

/// Does the body read operand `k`?
bool body_reads(const expr::Expr& e, std::int32_t k);

/// Number of points of the domain.
double points_of(const expr::Expr& e);

/// Which operands some node loads.
std::vector<char> operands_read(const expr::Expr& e);

/// A node that computes `e`; operands that are equal or not read go.
Value formula_of(const expr::Expr& e, std::vector<Value> operands, const std::string& label);

template <class Ref>
expr::Expr compact_operands(const expr::Expr& e, std::vector<Ref>& args) {
  std::vector<char> read = operands_read(e);
  std::vector<Ref> kept;
  std::vector<std::int32_t> number(args.size(), -1);
  for (std::size_t k = 0; k < args.size(); ++k) {
    if (!read[k]) continue;
    std::size_t at = 0;
    while (at < kept.size() && !(kept[at] == args[k])) ++at;
    if (at == kept.size()) kept.push_back(args[k]);
    number[k] = static_cast<std::int32_t>(at);
  }
  args = std::move(kept);
  return expr::renumber_operands(e, number);
}

}  // namespace tenon
