#pragma once
#include "op/reduce/reduction.h"

namespace tenon {

struct Flip {
  static constexpr std::string_view name = "flip";
  static constexpr std::string_view doc = "x in reverse order along the axes (all, where none are given).";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axes are some of x | {axes=[2]} (f32[2,3])
    and name each once | {axes=[0,-2]} (f32[2,3]))";
  static constexpr Traits traits{.index_map = true};
  Ints axes;
  static void fields(auto& self, auto&& f) { f("axes", self.axes); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    reduced_axes(name, axes, in[0].type.rank());
    return {in[0].type};
  }
  expr::Expr define(std::span<const Type> in) const {
    const auto out = expr::indices(in[0].shape);
    auto at = expr::ats(out);
    for (i64 a : reduced_axes(name, axes, in[0].rank())) {
      const expr::Index& i = out[static_cast<std::size_t>(a)];
      at[static_cast<std::size_t>(a)] = -i + (i.extent() - 1);
    }
    return expr::compute({in[0]}, expr::dims(out), expr::Input(0, in[0])(at));
  }
  static std::vector<Case<Flip>> samples() {
    return {{{}, {{{DType::F32, {3, 5}}}}},
            {{{1}}, {{{DType::F32, {3, 5}}}}},
            {{{0, -1}}, {{{DType::F64, {2, 3, 4}}}}},
            {{}, {{{DType::F32, {}}}}},
            {{{0}}, {{{DType::F16, {1, 3}}}}},
            {{{0}}, {{{DType::BF16, {0, 3}}}}},
            {{{0}}, {{{DType::I32, {5}}, -5, 5, false}}}};
  }
};

}  // namespace tenon
