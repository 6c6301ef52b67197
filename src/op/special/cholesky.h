#pragma once
#include "op/special/triangle.h"

namespace tenon {

struct Cholesky {
  static constexpr std::string_view name = "cholesky";
  static constexpr std::string_view doc =
      "The lower triangular L with L L^T = A + jitter I, or the upper U with U^T U, of symmetric positive definite "
      "matrices A[…, n, n], of which only that triangle is read; others are an error. The gradient is that of the "
      "elements read (Murray, "
      "Differentiation of the Cholesky decomposition, 2016). cholesky(A)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the matrices are floats | (i32[2,2])
    the last two dimensions are equal | (f32[2,3]))";
  static constexpr Traits traits{};
  bool lower = true;
  double jitter = 0;
  static void fields(auto& self, auto&& f) { f("lower", self.lower), f("jitter", self.jitter); }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<Cholesky>> samples();
};

}  // namespace tenon
