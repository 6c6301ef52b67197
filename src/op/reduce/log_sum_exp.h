#pragma once
#include "op/reduce/reduction.h"

namespace tenon {

struct LogSumExp {
  static constexpr std::string_view name = "log_sum_exp";
  static constexpr std::string_view doc =
      "m + log(sum(exp(x - m))) over the axes (all, where none are given), where m is the maximum over them, so that "
      "nothing overflows; -infinity for no elements.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[2,3])
    the axes are some of x | {axes=[2]} (f32[2,3])
    and name each once | {axes=[1,-1]} (f32[2,3]))";
  static constexpr Traits traits{.reduction = true};
  Ints axes;
  bool keep_dims = false;
  static void fields(auto& self, auto&& f) { f("axes", self.axes), f("keep_dims", self.keep_dims); }

  Types infer(Operands in) const { return infer_float_reduction(name, in, axes, keep_dims); }
  Values expand(Builder& b, std::span<const Value> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<LogSumExp>> samples() {
    return reduction_samples<LogSumExp>({DType::F32, DType::F64, DType::F16, DType::BF16}, true);
  }
};

}  // namespace tenon
