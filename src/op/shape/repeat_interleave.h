#pragma once
#include "op/op.h"

namespace tenon {

struct RepeatInterleave {
  static constexpr std::string_view name = "repeat_interleave";
  static constexpr std::string_view doc = "Each slice along the axis `count` times, one after the other.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axis is one of x | {axis=2} (f32[2,3])
    the count is at least 0 | {count=-1} (f32[2,3]))";
  static constexpr Traits traits{.index_map = true};
  i64 count = 1, axis = 0;
  static void fields(auto& self, auto&& f) { f("count", self.count), f("axis", self.axis); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    Type out = in[0].type;
    require(axis >= -out.rank() && axis < out.rank(), "repeat_interleave: axis {} is out of range for {}", axis, out);
    require(count >= 0, "repeat_interleave: count is {}, expected at least 0", count);
    Dim& extent = out.shape[static_cast<std::size_t>(normal_axis(axis, out.rank()))];
    extent *= count;
    check_shape(out.shape);
    return {out};
  }
  expr::Expr define(std::span<const Type> in) const {
    const auto i = expr::indices(in[0].shape);
    const expr::Index copy("copy", count);
    auto out = expr::dims(i);
    const auto a = static_cast<std::size_t>(normal_axis(axis, in[0].rank()));
    out[a] = expr::join(i[a], copy);
    return expr::compute({in[0]}, out, expr::Input(0, in[0])(expr::ats(i)));
  }
  static std::vector<Case<RepeatInterleave>> samples() {
    return {{{2, 0}, {{{DType::F32, {3, 5}}}}},
            {{3, -1}, {{{DType::F64, {2, 3, 2}}}}},
            {{1, 0}, {{{DType::F32, {4}}}}},
            {{0, 1}, {{{DType::F16, {2, 3}}}}},
            {{2, 1}, {{{DType::BF16, {0, 3}}}}},
            {{2, 0}, {{{DType::I32, {5}}, -5, 5, false}}},
            {{4, 0}, {{{DType::Bool, {1}}, 0, 2, false}}}};
  }
};

}  // namespace tenon
