#pragma once
#include "op/sequence/values.h"

namespace tenon {

struct OptionalHasValue {
  static constexpr std::string_view name = "optional_has_value";
  static constexpr std::string_view doc = "Whether an optional holds a value, a bool scalar.";
  static constexpr std::string_view constraints = R"(
    the operand is an optional | (f32[2]))";
  static constexpr Traits traits{.texts = true, .host = true};

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    require_form(name, in[0].type, Composite::Form::Optional);
    return {Type{DType::Bool, {}}};
  }
  std::vector<Array> evaluate(std::span<const Array> in) const {
    return {Array::scalar(Number::of_int(!in[0].parts().empty()), DType::Bool)};
  }
  static std::vector<Case<OptionalHasValue>> samples() {
    return {{{}, {{optional_of({DType::F32, {3}}), -2, 2, false}}},
            {{}, {{optional_of({DType::Bool, {}}), 0, 2, false}}},
            {{}, {{optional_of(sequence_of({DType::I64, {2}})), 0, 2, false}}}};
  }
};

}  // namespace tenon
