#pragma once
#include "op/nn/normalise.h"

namespace tenon {

struct LogSoftmax {
  static constexpr std::string_view name = "log_softmax";
  static constexpr std::string_view doc =
      "(x - m) - log(sum(exp(x - m))) along the axis, where m is the maximum along it: log(softmax(x)) without "
      "overflow "
      "or loss of small probabilities.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[2,3])
    the axis is one of x | {axis=2} (f32[2,3]))";
  static constexpr Traits traits{};
  i64 axis = -1;
  static void fields(auto& self, auto&& f) { f("axis", self.axis); }

  Types infer(Operands in) const { return infer_along_axis(name, in, axis); }
  Values expand(Builder& b, std::span<const Value> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<LogSoftmax>> samples() { return along_axis_samples<LogSoftmax>(); }
};

}  // namespace tenon
