#pragma once
#include "op/op.h"

namespace tenon {

struct Diagonal {
  static constexpr std::string_view name = "diagonal";
  static constexpr std::string_view doc =
      "The elements whose position on axis2 less that on axis1 is k, as a last dimension in place of the two axes.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axes are two of x | {axis2=2} (f32[2,3])
    they differ | {axis2=-2} (f32[2,3]))";
  static constexpr Traits traits{.index_map = true};
  i64 k = 0, axis1 = 0, axis2 = 1;
  static void fields(auto& self, auto&& f) { f("k", self.k), f("axis1", self.axis1), f("axis2", self.axis2); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<Diagonal>> samples() {
    return {{{0, 0, 1}, {{{DType::F32, {4, 4}}}}},
            {{1, 0, 1}, {{{DType::F32, {3, 5}}}}},
            {{-2, 0, 1}, {{{DType::F64, {5, 4}}}}},
            {{0, -1, 1}, {{{DType::F32, {2, 3, 4}}}}},
            {{9, 0, 1}, {{{DType::F32, {3, 3}}}}},
            {{std::numeric_limits<i64>::min(), 0, 1}, {{{DType::F16, {3, 3}}}}},
            {{0, 0, 1}, {{{DType::BF16, {0, 3}}}}},
            {{0, 1, 0}, {{{DType::I32, {3, 2}}, -5, 5, false}}},
            {{0, 0, 1}, {{{DType::Bool, {2, 2}}, 0, 2, false}}}};
  }
};

}  // namespace tenon
