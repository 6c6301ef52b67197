#pragma once
#include "op/op.h"

namespace tenon {

/// A formula as an operator: what users, gradients and fusion write that has no name of its own.
struct Formula {
  static constexpr std::string_view name = "formula";
  static constexpr std::string_view doc = "The value of an index-notation expression of the operands.";
  static constexpr std::string_view constraints = R"(
    there is an expression | (f32[2,3]))";
  static constexpr Traits traits{.texts = true};

  expr::Expr e;
  std::string label;  ///< the operators that it stands for, "matmul+add", perhaps with its operands, "y(x, ids)"; for
                      ///< people only

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
    std::vector<Case<Formula>> list;
    for (DType t : {DType::F32, DType::F64}) {
      const Type a{t, {3, 5}}, b{t, {4, 5}};
      const Input x(0, a), y(1, b);
      const Index i("i", 3), j("j", 4), k("k", 5);
      const Expr distance = compute({a, b}, {i, j}, sum({k}, (x(i, k) - y(j, k)) * (x(i, k) - y(j, k))));
      list.push_back({{distance, "squared distance"}, {{a}, {b}}});
    }
    const Type row{DType::F64, {7}};
    const Index i("i", 7), j("j", 7);
    const Input x(0, row);
    list.push_back({{compute({row}, {i}, sum({j}, where(j <= i, x(j), 0))), "running sum"}, {{row}}});
    return list;
  }
};

}  // namespace tenon
