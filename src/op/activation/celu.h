#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Celu : Unary<Celu> {
  static constexpr std::string_view name = "celu";
  static constexpr std::string_view doc =
      "x where x > 0, else alpha (exp(x / alpha) - 1): smooth for every alpha (Barron 2017).";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[2,3])
    alpha is above 0 | {alpha=0} (f32[2,3]))";
  double alpha = 1;
  static void fields(auto& self, auto&& f) { f("alpha", self.alpha); }

  Types infer(Operands in) const {
    require(alpha > 0, "celu: alpha is {}, expected more than 0", alpha);
    return Unary<Celu>::infer(in);
  }
  expr::Scalar formula(const expr::Scalar& x) const { return expr::where(x > 0, x, alpha * expr::expm1(x / alpha)); }
  static std::vector<Case<Celu>> samples() { return samples_with<Celu>({{.alpha = 0.3}, {.alpha = 2}}); }
};

}  // namespace tenon
