#pragma once
#include "op/shape/triangle.h"

namespace tenon {

struct Triu {
  static constexpr std::string_view name = "triu";
  static constexpr std::string_view doc =
      "Of each matrix in the last two dimensions, the elements with column - row >= k stay, those below become 0.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x has rows and columns | (f32[3]))";
  static constexpr Traits traits{.index_map = true};
  i64 k = 0;
  static void fields(auto& self, auto&& f) { f("k", self.k); }

  Types infer(Operands in) const { return infer_triangle(name, in); }
  expr::Expr define(std::span<const Type> in) const { return define_triangle(in[0], k, false); }
  static std::vector<Case<Triu>> samples() { return triangle_samples<Triu>(); }
};

}  // namespace tenon
