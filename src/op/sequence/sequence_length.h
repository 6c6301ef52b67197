#pragma once
#include "op/sequence/values.h"

namespace tenon {

struct SequenceLength {
  static constexpr std::string_view name = "sequence_length";
  static constexpr std::string_view doc = "The number of elements of a sequence, an i64 scalar.";
  static constexpr std::string_view constraints = R"(
    the operand is a sequence | (f32[2]))";
  static constexpr Traits traits{.texts = true, .host = true};

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    require_form(name, in[0].type, Composite::Form::Sequence);
    return {Type{DType::I64, {}}};
  }
  std::vector<Array> evaluate(std::span<const Array> in) const {
    return {Array::scalar(Number::of_int(static_cast<i64>(in[0].parts().size())), DType::I64)};
  }
  static std::vector<Case<SequenceLength>> samples() {
    return {{{}, {{sequence_of({DType::F32, {3}}), -2, 2, false}}},
            {{}, {{sequence_of({DType::Bool, {}}), 0, 2, false}}},
            {{}, {{sequence_of({DType::I64, {0}}), 0, 2, false}}}};
  }
};

}  // namespace tenon
