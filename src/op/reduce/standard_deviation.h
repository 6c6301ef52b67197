#pragma once
#include "op/reduce/reduction.h"

namespace tenon {

struct StandardDeviation {
  static constexpr std::string_view name = "standard_deviation";
  static constexpr std::string_view doc =
      "The root of variance over the axes (all, where none are given). The gradient where it is 0, but for the "
      "rounding of the mean, is 0.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[2,3])
    the axes are some of x | {axes=[2]} (f32[2,3])
    and name each once | {axes=[1,-1]} (f32[2,3]))";
  static constexpr Traits traits{.reduction = true};
  Ints axes;
  bool keep_dims = false;
  i64 correction = 0;
  static void fields(auto& self, auto&& f) {
    f("axes", self.axes), f("keep_dims", self.keep_dims), f("correction", self.correction);
  }

  Types infer(Operands in) const { return infer_float_reduction(name, in, axes, keep_dims); }
  Values expand(Builder& b, std::span<const Value> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<StandardDeviation>> samples() { return deviation_samples<StandardDeviation>(); }
};

}  // namespace tenon
