#pragma once
#include "op/op.h"

namespace tenon {

struct Roll {
  static constexpr std::string_view name = "roll";
  static constexpr std::string_view doc =
      "x moved by shifts[k] elements towards the end of axes[k]; what leaves at one end comes in at the other.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    there are as many shifts as axes | {shifts=[1,2], axes=[0]} (f32[2,3])
    the axes are some of x | {shifts=[1], axes=[2]} (f32[2,3]))";
  static constexpr Traits traits{.index_map = true};
  Ints shifts, axes;
  static void fields(auto& self, auto&& f) { f("shifts", self.shifts), f("axes", self.axes); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<Roll>> samples();
};

}  // namespace tenon
