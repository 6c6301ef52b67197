#pragma once
#include "op/special/scan.h"

namespace tenon {

struct Cumsum {
  static constexpr std::string_view name = "cumsum";
  static constexpr std::string_view doc =
      "Running sum along the axis: y[k] = x[0] + … + x[k], of the type of x. Exclusive: without x[k] itself. Reverse: "
      "from the end. cumsum(x)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axis is one of x | {axis=2} (f32[2,3])
    x is a number | (bool[2,3]))";
  static constexpr Traits traits{};
  i64 axis = -1;
  bool exclusive = false, reverse = false;
  static void fields(auto& self, auto&& f) {
    f("axis", self.axis), f("exclusive", self.exclusive), f("reverse", self.reverse);
  }

  Types infer(Operands in) const { return infer_scan(name, in, axis); }
  std::vector<Array> evaluate(std::span<const Array> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<Cumsum>> samples() {
    return scan_samples<Cumsum>(
        {DType::F32, DType::F64, DType::F16, DType::BF16, DType::I64, DType::I32, DType::I8, DType::U64, DType::U32,
         DType::U16, DType::U8},
        {{.exclusive = true}, {.exclusive = true, .reverse = true}, {.axis = 0, .exclusive = true}});
  }
};

}  // namespace tenon
