#pragma once
#include "op/special/host_function.h"

namespace tenon {

struct HostEffect {
  static constexpr std::string_view name = "host_effect";
  static constexpr std::string_view doc =
      "A token, and the results of a function of the host program that need not be a function of its operands: it is "
      "called once each time that the graph runs, after what the first operand, a token, stands for. `function` is the "
      "name under which it is registered (see op/special/host_function.h). It has no gradient.";
  static constexpr std::string_view constraints = R"(
    the first operand is a token | (f32[2,3])
    the function is registered | {function="no such"} (token, f32[2,3]))";
  static constexpr Traits traits{.stops_gradient = true, .texts = true, .host = true};
  std::string function = "identity";
  static void fields(auto& self, auto&& f) { f("function", self.function); }

  Types infer(Operands in) const {
    require(!in.empty() && in[0].type == token_type(),
            "host_effect: expected a token as the first operand; begin() makes one");
    Types results{token_type()};
    for (Type& t : host_types(name, function, in.subspan(1))) results.push_back(std::move(t));
    return results;
  }
  std::vector<Array> evaluate(std::span<const Array> in) const {
    std::vector<Array> results{in[0]};
    for (Array& a : host_results(name, function, in.subspan(1))) results.push_back(std::move(a));
    return results;
  }
  static std::vector<Case<HostEffect>> samples() {
    return {{{}, {{token_type()}, {{DType::F32, {3, 5}}, -2, 2, false}}},
            {{}, {{token_type()}, {{DType::F64, {}}, -2, 2, false}}},
            {{}, {{token_type()}, {{DType::I8, {2, 0}}, -2, 2, false}}}};
  }
};

}  // namespace tenon
