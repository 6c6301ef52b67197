#pragma once
#include "op/index/indexing.h"

namespace tenon {

struct ScatterAdd {
  static constexpr std::string_view name = "scatter_add";
  static constexpr std::string_view doc =
      "x with slices of updates added at integer positions along the axis; slices for one position add up, one for a "
      "position that is out of range is ignored. The dimensions of ids stand in place of the axis in updates. "
      "scatter_add(x, ids, updates)";
  static constexpr std::string_view constraints = R"(
    there are three operands | (f32[2,3], i64[2])
    the positions are integers | (f32[2,3], f32[2], f32[2,3])
    the axis is one of x | {axis=2} (f32[2,3], i64[2], f32[2,3])
    the updates are what gather would give | {axis=0} (f32[2,3], i64[2], f32[2,2])
    x is a number | {axis=0} (bool[2,3], i64[2], bool[2,3]))";
  static constexpr Traits traits{.reduction = true};
  i64 axis = 0;
  static void fields(auto& self, auto&& f) { f("axis", self.axis); }

  Types infer(Operands in) const {
    require_operands(name, in, 3);
    const Type &x = in[0].type, &ids = in[1].type, &updates = in[2].type;
    require_ids(name, ids);
    const Shape expected = replaced_axis(name, x, axis, ids.shape);
    require(updates == Type({x.dtype, expected}), "scatter_add: the updates are {}, expected {} for x {} and ids {}",
            updates, Type{x.dtype, expected}, x, ids);
    require(x.dtype != DType::Bool, "scatter_add: takes floats and integers, given bool; cast it first");
    return {x};
  }
  expr::Expr define(std::span<const Type> in) const {
    const expr::Input x(0, in[0]), ids(1, in[1]), updates(2, in[2]);
    const i64 a = normal_axis(axis, x.rank());
    const auto out = expr::indices(in[0].shape), over = expr::indices(in[1].shape, "n");
    AxisParts parts = split_at_axis(out, a, 1);
    const expr::Index target = parts.ids[0];
    parts.ids = over;
    std::vector<expr::At> at = expr::ats(parts.before);
    for (const auto* part : {&parts.ids, &parts.behind})
      for (const expr::Index& i : *part) at.emplace_back(i);
    const DType t = x.dtype(), wide = accumulate_type(t);
    const auto added =
        expr::sum(over, expr::where(equals(ids(expr::ats(over)), target), expr::cast(wide, updates(at)), 0));
    return expr::compute({in.begin(), in.end()}, expr::dims(out),
                         expr::cast(t, expr::cast(wide, x(expr::ats(out))) + added));
  }
  static std::vector<Case<ScatterAdd>> samples() {
    return {
        {{0}, {{{DType::F32, {5, 3}}}, {{DType::I64, {4}}, 0, 5, false}, {{DType::F32, {4, 3}}}}},
        {{1}, {{{DType::F32, {3, 5}}}, {{DType::I32, {2, 2}}, 0, 5, false}, {{DType::F32, {3, 2, 2}}}}},
        {{-1}, {{{DType::F64, {2, 1, 4}}}, {{DType::I64, {}}, 0, 4, false}, {{DType::F64, {2, 1}}}}},
        {{0}, {{{DType::F32, {7}}}, {{DType::I64, {9}}, -2, 9, false}, {{DType::F32, {9}}}}},
        {{0}, {{{DType::F32, {4, 2}}}, {{DType::I64, {0}}, 0, 4, false}, {{DType::F32, {0, 2}}}}},
        {{0}, {{{DType::F16, {4, 2}}}, {{DType::U8, {3}}, 0, 4, false}, {{DType::F16, {3, 2}}}}},
        {{0}, {{{DType::BF16, {4, 2}}}, {{DType::I16, {5}}, 0, 4, false}, {{DType::BF16, {5, 2}}}}},
        {{0}, {{{DType::I32, {4}}, -5, 5, false}, {{DType::I8, {3}}, 0, 4, false}, {{DType::I32, {3}}, -5, 5, false}}}};
  }
};

}  // namespace tenon
