#pragma once
#include "op/op.h"

namespace tenon {

struct Concatenate {
  static constexpr std::string_view name = "concatenate";
  static constexpr std::string_view doc = "The operands one after the other along the axis.";
  static constexpr std::string_view constraints = R"(
    there is an operand | ()
    all have one element type | (f32[2], i32[2])
    the axis is one of theirs | {axis=1} (f32[2], f32[2])
    all other dimensions agree | {axis=0} (f32[2,3], f32[2,4]))";
  static constexpr Traits traits{.index_map = true};
  i64 axis = 0;
  static void fields(auto& self, auto&& f) { f("axis", self.axis); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<Concatenate>> samples() {
    return {{{0}, {{{DType::F32, {3, 5}}}, {{DType::F32, {2, 5}}}}},
            {{-1}, {{{DType::F32, {3, 1}}}, {{DType::F32, {3, 4}}}, {{DType::F32, {3, 2}}}}},
            {{1}, {{{DType::F64, {2, 1, 3, 2}}}, {{DType::F64, {2, 2, 3, 2}}}}},
            {{0}, {{{DType::F32, {4}}}}},
            {{0}, {{{DType::F16, {0, 2}}}, {{DType::F16, {3, 2}}}, {{DType::F16, {1, 2}}}}},
            {{0}, {{{DType::BF16, {2}}}, {{DType::BF16, {3}}}}},
            {{0}, {{{DType::I32, {2}}, -5, 5, false}, {{DType::I32, {3}}, -5, 5, false}}},
            {{0}, {{{DType::Bool, {2}}, 0, 2, false}, {{DType::Bool, {3}}, 0, 2, false}}}};
  }
};

}  // namespace tenon
