// What the passes over formulas share.
#pragma once
#include <string>
#include <vector>

#include "expr/expr.h"
#include "ir/graph.h"

namespace tenon {

/// Renumbers the operands of `e`: equal values become one operand, unread ones go. `args` is changed alike.
template <class Ref>
expr::Expr compact_operands(const expr::Expr& e, std::vector<Ref>& args);

/// Does the body (or, if `whole`, body or post) read operand `k`?
bool reads_operand(const expr::Expr& e, std::int32_t k, bool whole);

/// Number of points of the domain.
double points_of(const expr::Expr& e);

/// `e` with operand k renamed to number[k] (those that are -1 are not read) of types `in`, canonical again.
expr::Expr rename_operands(const expr::Expr& e, const std::vector<std::int32_t>& number, std::vector<Type> in);
std::vector<char> operands_read(const expr::Expr& e);

template <class Ref>
expr::Expr compact_operands(const expr::Expr& e, std::vector<Ref>& args) {
  std::vector<char> read = operands_read(e);
  std::vector<Ref> kept;
  std::vector<Type> types;
  std::vector<std::int32_t> number(args.size(), -1);
  for (std::size_t k = 0; k < args.size(); ++k) {
    if (!read[k]) continue;
    std::size_t at = 0;
    while (at < kept.size() && !(kept[at] == args[k])) ++at;
    if (at == kept.size()) {
      kept.push_back(args[k]);
      types.push_back(e.in[k]);
    }
    number[k] = static_cast<std::int32_t>(at);
  }
  args = std::move(kept);
  return rename_operands(e, number, std::move(types));
}

}  // namespace tenon
