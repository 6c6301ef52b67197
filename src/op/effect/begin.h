#pragma once
#include "op/op.h"

namespace tenon {

struct Begin {
  static constexpr std::string_view name = "begin";
  static constexpr std::string_view doc = "The token of an effect that nothing has to come before.";
  static constexpr std::string_view constraints = R"(
    there are no operands | (f32[2,3]))";
  static constexpr Traits traits{.leaf = true, .host = true};

  Types infer(Operands in) const {
    require_operands(name, in, 0);
    return {token_type()};
  }
  std::vector<Array> evaluate(std::span<const Array>) const { return {Array(token_type(), std::vector<Array>{})}; }
  static std::vector<Case<Begin>> samples() { return {{{}, {}}, {{}, {}}, {{}, {}}}; }
};

}  // namespace tenon
