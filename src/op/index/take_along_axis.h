#pragma once
#include "op/index/indexing.h"

namespace tenon {

struct TakeAlongAxis {
  static constexpr std::string_view name = "take_along_axis";
  static constexpr std::string_view doc =
      "For each element of ids, the element of x at the same place with the position along the axis read from ids. The "
      "other dimensions agree; a position that is out of range is an error. take_along_axis(x, ids)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[2,3])
    the positions are integers | (f32[2,3], f32[2,3])
    they have the rank of x | (f32[2,3], i64[2])
    the axis is one of x | {axis=2} (f32[2,3], i64[2,3])
    all other dimensions agree | {axis=0} (f32[2,3], i64[2,2]))";
  static constexpr Traits traits{.index_map = true};
  i64 axis = -1;
  static void fields(auto& self, auto&& f) { f("axis", self.axis); }

  Types infer(Operands in) const {
    require_operands(name, in, 2);
    const Type &x = in[0].type, &ids = in[1].type;
    require_ids(name, ids);
    require(x.rank() == ids.rank(), "take_along_axis: x is {} and ids {}; expected the same rank", x, ids);
    Shape expected = replaced_axis(name, x, axis, {1});
    const auto a = static_cast<std::size_t>(normal_axis(axis, x.rank()));
    expected[a] = ids.shape[a];
    require(expected == ids.shape, "take_along_axis: x is {} and ids {}; all dimensions but {} must agree", x, ids,
            axis);
    return {Type{x.dtype, ids.shape}};
  }
  expr::Expr define(std::span<const Type> in) const {
    const expr::Input x(0, in[0]), ids(1, in[1]);
    const auto out = expr::indices(in[1].shape);
    auto at = expr::ats(out);
    at[static_cast<std::size_t>(normal_axis(axis, x.rank()))] = ids(expr::ats(out));
    return expr::compute({in[0], in[1]}, expr::dims(out), x(at));
  }
  static std::vector<Case<TakeAlongAxis>> samples() {
    return {{{1}, {{{DType::F32, {3, 5}}}, {{DType::I64, {3, 1}}, 0, 5, false}}},
            {{0}, {{{DType::F32, {5, 3}}}, {{DType::I32, {4, 3}}, 0, 5, false}}},
            {{-1}, {{{DType::F64, {2, 1, 3, 4}}}, {{DType::I64, {2, 1, 3, 2}}, 0, 4, false}}},
            {{0}, {{{DType::F32, {7}}}, {{DType::U8, {3}}, 0, 7, false}}},
            {{0}, {{{DType::F16, {4, 2}}}, {{DType::I8, {0, 2}}, 0, 4, false}}},
            {{0}, {{{DType::BF16, {4, 2}}}, {{DType::I16, {5, 2}}, 0, 4, false}}},
            {{0}, {{{DType::I32, {4}}, -5, 5, false}, {{DType::I64, {3}}, 0, 4, false}}},
            {{0}, {{{DType::Bool, {4}}, 0, 2, false}, {{DType::I64, {3}}, 0, 4, false}}}};
  }
};

}  // namespace tenon
