#pragma once
#include "op/control/function.h"

namespace tenon {

struct CustomGradient {
  static constexpr std::string_view name = "custom_gradient";
  static constexpr std::string_view doc =
      "The results of `function` applied to the operands, with a gradient of its own: `backward` takes the operands, "
      "the results and the gradients of those results that are floats, and gives the gradients of those operands that "
      "are floats. Forward mode transposes it, so it should be linear in the gradients that it takes.";
  static constexpr std::string_view constraints = R"(
    there is a function | (f32[2,3]))";
  static constexpr Traits traits{.host = true};
  FunctionPtr function, backward;
  static void fields(auto& self, auto&& f) { f("function", self.function), f("backward", self.backward); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<CustomGradient>> samples();
};

}  // namespace tenon
