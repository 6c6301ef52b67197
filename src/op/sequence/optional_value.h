#pragma once
#include "op/sequence/values.h"

namespace tenon {

struct OptionalValue {
  static constexpr std::string_view name = "optional_value";
  static constexpr std::string_view doc = "The value that an optional holds; that it holds none is an error.";
  static constexpr std::string_view constraints = R"(
    the operand is an optional | (f32[2]))";
  static constexpr Traits traits{.texts = true, .host = true};

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    return {require_form(name, in[0].type, Composite::Form::Optional).element};
  }
  std::vector<Array> evaluate(std::span<const Array> in) const {
    require(!in[0].parts().empty(), "optional_value: the optional holds no value; ask optional_has_value first");
    return {in[0].parts()[0]};
  }
  static std::vector<Case<OptionalValue>> samples() {
    return {{{}, {{optional_of({DType::F32, {3}}), -2, 2, false}}},
            {{}, {{optional_of({DType::I16, {}}), 0, 2, false}}},
            {{}, {{optional_of(sequence_of({DType::I64, {2}})), 0, 2, false}}}};
  }
};

}  // namespace tenon
