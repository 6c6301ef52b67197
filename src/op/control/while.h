#pragma once
#include "op/control/function.h"

namespace tenon {

struct While {
  static constexpr std::string_view name = "while";
  static constexpr std::string_view doc =
      "The operands after as many applications of `body` as `condition` holds before each: while (condition(s…)) s… = "
      "body(s…). The condition gives one bool scalar, the body the types of the state. `bound`, where it is not 0, is "
      "the "
      "most applications, after which the state is given as it is; a gradient needs one. A loop without a bound whose "
      "condition holds after `cap` applications is an error.";
  static constexpr std::string_view constraints = R"(
    there is a state | ()
    the bound is at least 0 | {bound=-1} (f32[])
    the cap is at least 1 | {cap=0} (f32[])
    there is a condition | (f32[]))";
  static constexpr Traits traits{.host = true};
  static constexpr i64 kEndless = i64(1) << 30;

  FunctionPtr condition, body;
  i64 bound = 0, cap = kEndless;
  static void fields(auto& self, auto&& f) {
    f("condition", self.condition), f("body", self.body), f("bound", self.bound), f("cap", self.cap);
  }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in, const CallFunction& call) const;
  static std::vector<Case<While>> samples();
};

}  // namespace tenon
