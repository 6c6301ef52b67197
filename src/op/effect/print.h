#pragma once
#include "op/op.h"

namespace tenon {

struct Print {
  static constexpr std::string_view name = "print";
  static constexpr std::string_view doc =
      "Writes `text` and the operands behind the first to standard error when it runs. Tokens say the order: the first "
      "operand is the token of what must come before (see begin), the result the token of what may come after.";
  static constexpr std::string_view constraints = R"(
    the first operand is a token | (f32[2,3]))";
  static constexpr Traits traits{.texts = true, .host = true};
  std::string text;
  static void fields(auto& self, auto&& f) { f("text", self.text); }

  Types infer(Operands in) const {
    require(!in.empty() && in[0].type == token_type(),
            "print: expected a token as the first operand; begin() makes one");
    return {token_type()};
  }
  std::vector<Array> evaluate(std::span<const Array> in) const;
  static std::vector<Case<Print>> samples() {
    return {{{"nothing"}, {{token_type()}}},
            {{"x"}, {{token_type()}, {{DType::F32, {2}}, -2, 2, false}}},
            {{""}, {{token_type()}, {{DType::I64, {}}, -5, 5, false}, {{DType::Bool, {0}}, 0, 2, false}}}};
  }
};

}  // namespace tenon
