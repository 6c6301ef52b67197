#pragma once
#include "op/op.h"

namespace tenon {

struct LocalResponseNorm {
  static constexpr std::string_view name = "local_response_norm";
  static constexpr std::string_view doc =
      "x[n, c, ...] / (bias + alpha / size * s)^beta, where s is the sum of x^2 over the channels from c - (size - 1) "
      "/ 2 "
      "to c + size / 2, both rounded down, as far as they exist (Krizhevsky et al. 2012).";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[2,3])
    x has batch and channels | (f32[3])
    the size is at least 1 | {size=0} (f32[2,3]))";
  static constexpr Traits traits{};
  i64 size = 5;
  double alpha = 1e-4, beta = 0.75, bias = 1;
  static void fields(auto& self, auto&& f) {
    f("size", self.size), f("alpha", self.alpha), f("beta", self.beta), f("bias", self.bias);
  }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<LocalResponseNorm>> samples();
};

}  // namespace tenon
