#pragma once
#include "op/op.h"

namespace tenon {

/// A formula as an operator: what users, gradients and fusion write that has no name of its own.
struct Formula {
  static constexpr std::string_view name = "formula";
  static constexpr std::string_view doc = "The value of an index-notation expression of the operands.";
  static constexpr Traits traits{};

  expr::Expr e;
  std::string label;  ///< the operators that it stands for, "matmul+add"; for people only

  static void fields(auto& self, auto&& f) {
    f("e", self.e);
    f("label", self.label);
  }

  Types infer(Operands in) const {
    require(e.body != expr::kNone, "formula: the expression is empty");
    require_operands(name, in, e.in.size());
    for (std::size_t k = 0; k < in.size(); ++k)
      require(in[k].type == e.in[k], "formula: operand {} is {}, the expression expects {}", k, in[k].type, e.in[k]);
    return {e.type()};
  }
  expr::Expr define(std::span<const Type>) const { return e; }

  static std::vector<Case<Formula>> samples() {
    using namespace expr;
    Type a{DType::F32, {3, 5}}, b{DType::F32, {4, 5}};
    Input x(0, a), y(1, b);
    Index i("i", 3), j("j", 4), k("k", 5);
    Expr distance = compute({a, b}, {i, j}, sum({k}, (x(i, k) - y(j, k)) * (x(i, k) - y(j, k))));
    return {{{distance, "squared distance"}, {{a}, {b}}}};
  }
};

}  // namespace tenon
