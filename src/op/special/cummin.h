#pragma once
#include "op/special/scan.h"

namespace tenon {

struct Cummin {
  static constexpr std::string_view name = "cummin";
  static constexpr std::string_view doc =
      "Running minimum along the axis and its position (i64) on it: y[k] = min(x[0], …, x[k]); of equal elements the "
      "first counts, and NaN above all. Reverse: from the end. The gradient goes to the position. cummin(x) gives "
      "values, positions.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axis is one of x | {axis=2} (f32[2,3]))";
  static constexpr Traits traits{};
  i64 axis = -1;
  bool reverse = false;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("reverse", self.reverse); }

  Types infer(Operands in) const { return infer_running_extreme(name, in, axis); }
  std::vector<Array> evaluate(std::span<const Array> in) const {
    return running_extreme(in[0], {axis, reverse}, [](Number x, Number best) {
      return x.integral ? integer_less(x, best) : x.f < best.f || (std::isnan(x.f) && !std::isnan(best.f));
    });
  }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const {
    return gradient_at_positions(b, in[0], out[1], grad[0], axis);
  }
  static std::vector<Case<Cummin>> samples() {
    return scan_samples<Cummin>({std::begin(kAllDTypes), std::end(kAllDTypes)}, {});
  }
};

}  // namespace tenon
