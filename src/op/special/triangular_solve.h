#pragma once
#include "op/special/triangle.h"

namespace tenon {

struct TriangularSolve {
  static constexpr std::string_view name = "triangular_solve";
  static constexpr std::string_view doc =
      "X with op(A) X = B, or X op(A) = B if not left, for triangular A[…, n, n], of which only the lower or upper "
      "triangle is read, and not its diagonal if that is unit: all 1. op(A) is A or its transpose. The leading "
      "dimensions "
      "of A and B agree; a 0 on the diagonal is an error. triangular_solve(A, B)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[2,2])
    they are floats | (i32[2,2], i32[2,2])
    A is square | (f32[2,3], f32[2,3])
    both have one element type | (f32[2,2], f64[2,2])
    and the same leading dimensions | (f32[2,2], f32[1,2,2])
    B has as many rows (columns without left) as A | (f32[2,2], f32[3,2]))";
  static constexpr Traits traits{};
  bool left = true, lower = true, transpose = false, unit = false;
  static void fields(auto& self, auto&& f) {
    f("left", self.left), f("lower", self.lower), f("transpose", self.transpose), f("unit", self.unit);
  }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<TriangularSolve>> samples();
};

}  // namespace tenon
