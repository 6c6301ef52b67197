#pragma once
#include "op/op.h"

namespace tenon {

struct Constant {
  static constexpr std::string_view name = "constant";
  static constexpr std::string_view doc = "The array given as attribute.";
  static constexpr std::string_view constraints = R"(
    there are no operands | (f32[2])
    there is a value | ())";
  static constexpr Traits traits{.leaf = true};
  Array value;
  static void fields(auto& self, auto&& f) { f("value", self.value); }

  Types infer(Operands in) const {
    require_operands(name, in, 0);
    require(value.defined(), "constant: the attribute `value` is missing");
    return {value.type()};
  }
  std::vector<std::optional<Shape>> extents(Operands) const { return {extents_of(Operand{value.type(), &value})}; }
  std::vector<Array> evaluate(std::span<const Array>) const { return {value}; }
  static std::vector<Case<Constant>> samples() {
    return {{{Array::from<float>({1, -2.5, 3e-20f}, {3})}, {}},
            {{Array::from<std::int64_t>({1, -2, 3, 4, 5, 6}, {2, 3})}, {}},
            {{Array::from<bool>({true}, {})}, {}},
            {{Array(DType::F64, {0, 2})}, {}}};
  }
};

}  // namespace tenon
