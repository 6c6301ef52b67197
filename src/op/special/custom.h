#pragma once
#include "op/special/host_function.h"

namespace tenon {

struct Custom {
  static constexpr std::string_view name = "custom";
  static constexpr std::string_view doc =
      "Smaller operators with a gradient of their own, which are registered under the name `function` (see "
      "op/special/host_function.h).";
  static constexpr std::string_view constraints = R"(
    the function is registered | {function="no such"} (f32[2,3]))";
  static constexpr Traits traits{};
  std::string function = "log1pexp";
  static void fields(auto& self, auto&& f) { f("function", self.function); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const {
    return find_custom_function(name, function).expand(b, in);
  }
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<Custom>> samples() {
    return {{{}, {{{DType::F32, {3, 5}}}}}, {{}, {{{DType::F64, {}}}}}, {{}, {{{DType::F32, {2, 0}}}}}};
  }
};

}  // namespace tenon
