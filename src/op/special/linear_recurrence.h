#pragma once
#include "op/special/scan.h"

namespace tenon {

struct LinearRecurrence {
  static constexpr std::string_view name = "linear_recurrence";
  static constexpr std::string_view doc =
      "h[t] = a[t] h[t-1] + b[t] along the axis, from h[-1] = initial, which has the shape of a without the axis, or 0 "
      "where it is not given. Reverse: from the end. linear_recurrence(a, b, initial)";
  static constexpr std::string_view constraints = R"(
    there are a, b and perhaps a first state | (f32[2,3])
    they are floats | (i32[2,3], i32[2,3])
    the axis is one of a | {axis=2} (f32[2,3], f32[2,3])
    a and b have one type | (f32[2,3], f32[2,2])
    the first state has their type without the axis | (f32[2,3], f32[2,3], f32[3]))";
  static constexpr Traits traits{};
  i64 axis = -1;
  bool reverse = false;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("reverse", self.reverse); }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<LinearRecurrence>> samples();
};

}  // namespace tenon
