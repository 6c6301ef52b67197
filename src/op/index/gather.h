#pragma once
#include "op/index/indexing.h"

namespace tenon {

struct Gather {
  static constexpr std::string_view name = "gather";
  static constexpr std::string_view doc =
      "Slices of x along the axis by integer positions: the axis is replaced by the dimensions of ids. A position that "
      "is "
      "out of range is an error. gather(x, ids)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[2,3])
    the positions are integers | (f32[2,3], f32[2])
    the axis is one of x | {axis=2} (f32[2,3], i64[2]))";
  static constexpr Traits traits{.index_map = true};
  i64 axis = 0;
  static void fields(auto& self, auto&& f) { f("axis", self.axis); }

  Types infer(Operands in) const {
    require_operands(name, in, 2);
    require_ids(name, in[1].type);
    return {Type{in[0].type.dtype, replaced_axis(name, in[0].type, axis, in[1].type.shape)}};
  }
  expr::Expr define(std::span<const Type> in) const {
    const expr::Input x(0, in[0]), ids(1, in[1]);
    const auto out = expr::indices(replaced_axis(name, in[0], axis, in[1].shape));
    const AxisParts at = split_at_axis(out, normal_axis(axis, x.rank()), ids.rank());
    return expr::compute({in[0], in[1]}, expr::dims(out), x(at.with(ids(expr::ats(at.ids)))));
  }
  static std::vector<Case<Gather>> samples() {
    return {{{0}, {{{DType::F32, {5, 3}}}, {{DType::I64, {4}}, 0, 5, false}}},
            {{1}, {{{DType::F32, {3, 5}}}, {{DType::I32, {2, 2}}, 0, 5, false}}},
            {{-1}, {{{DType::F64, {2, 1, 3, 4}}}, {{DType::I64, {}}, 0, 4, false}}},
            {{0}, {{{DType::F32, {7}}}, {{DType::U8, {3}}, 0, 7, false}}},
            {{0}, {{{DType::F16, {4, 2}}}, {{DType::I8, {0}}, 0, 4, false}}},
            {{0}, {{{DType::U16, {4, 2}}, 0, 9, false}, {{DType::U32, {5}}, 0, 4, false}}},
            {{0}, {{{DType::BF16, {4, 2}}}, {{DType::I16, {5}}, 0, 4, false}}},
            {{0}, {{{DType::I32, {4, 2}}, -5, 5, false}, {{DType::I64, {3}}, 0, 4, false}}},
            {{0}, {{{DType::Bool, {4}}, 0, 2, false}, {{DType::I64, {3}}, 0, 4, false}}}};
  }
};

}  // namespace tenon
