#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Gelu : Unary<Gelu> {
  static constexpr std::string_view name = "gelu";
  static constexpr std::string_view doc =
      "x times the normal distribution function: x/2 (1 + erf(x/sqrt(2))), or where `approximate` is \"tanh\" "
      "x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) (Hendrycks and Gimpel 2016).";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[2,3])
    approximate is "none" or "tanh" | {approximate="erf"} (f32[2,3]))";
  std::string approximate = "none";
  static void fields(auto& self, auto&& f) { f("approximate", self.approximate); }

  Types infer(Operands in) const {
    require(approximate == "none" || approximate == "tanh",
            "gelu: approximate is \"{}\", expected \"none\" or \"tanh\"", approximate);
    return Unary<Gelu>::infer(in);
  }
  expr::Scalar formula(const expr::Scalar& x) const {
    constexpr double kRootHalf = 0.70710678118654752440, kRootTwoOverPi = 0.79788456080286535588;
    if (approximate == "tanh") return 0.5 * x * (1 + expr::tanh(kRootTwoOverPi * (x + 0.044715 * x * x * x)));
    return 0.5 * x * (1 + expr::erf(kRootHalf * x));
  }
  static std::vector<Case<Gelu>> samples() { return samples_with<Gelu>({{.approximate = "tanh"}}); }
};

}  // namespace tenon
