#pragma once
#include "op/sequence/values.h"

namespace tenon {

struct SequenceInsert {
  static constexpr std::string_view name = "sequence_insert";
  static constexpr std::string_view doc =
      "A sequence with a value added in front of a position (an integer scalar; negative ones count from the end), or "
      "at "
      "the end where none is given. sequence_insert(sequence, value, position)";
  static constexpr std::string_view constraints = R"(
    there are a sequence, a value and perhaps a position | ()
    the first is a sequence | (f32[2], f32[2]))";
  static constexpr Traits traits{.texts = true, .host = true};

  Types infer(Operands in) const {
    require(in.size() == 2 || in.size() == 3,
            "sequence_insert: expected a sequence, a value and perhaps a position, {} operands given", in.size());
    const Composite& s = require_form(name, in[0].type, Composite::Form::Sequence);
    if (in.size() == 3) require_position(name, in[2].type);
    return {sequence_of(common_type(name, "sequence", s.element, in[1].type))};
  }
  std::vector<Array> evaluate(std::span<const Array> in) const {
    std::vector<Array> parts = in[0].parts();
    const std::size_t at = in.size() == 3 ? position_in(name, in[2], parts.size(), true) : parts.size();
    parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(at), in[1]);
    const Type element = common_type(name, "sequence", in[0].type().composite->element, in[1].type());
    return {Array(sequence_of(element), std::move(parts))};
  }
  static std::vector<Case<SequenceInsert>> samples() {
    const SampleInput pair{sequence_of({DType::F32, {3}}), -2, 2, false};
    return {{{}, {pair, {{DType::F32, {3}}, -2, 2, false}}},
            {{}, {pair, {{DType::F32, {5}}, -2, 2, false}, {{DType::I64, {}}, -2, 2, false}}},
            {{},
             {{sequence_of({DType::I64, {}}), 0, 9, false},
              {{DType::I64, {}}, 0, 9, false},
              {{DType::I32, {}}, 0, 2, false}}}};
  }
};

}  // namespace tenon
