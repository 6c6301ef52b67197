#pragma once
#include "op/special/host_function.h"

namespace tenon {

struct HostCallback {
  static constexpr std::string_view name = "host_callback";
  static constexpr std::string_view doc =
      "The results of a function of the host program, which is registered under the name `function` (see "
      "op/special/host_function.h) and says its own types and gradient.";
  static constexpr std::string_view constraints = R"(
    the function is registered | {function="no such"} (f32[2,3]))";
  static constexpr Traits traits{};
  std::string function = "identity";
  static void fields(auto& self, auto&& f) { f("function", self.function); }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<HostCallback>> samples() {
    return {{{}, {{{DType::F32, {3, 5}}}}}, {{}, {{{DType::F64, {}}}}}, {{}, {{{DType::I8, {2, 0}}}}}};
  }
};

}  // namespace tenon
