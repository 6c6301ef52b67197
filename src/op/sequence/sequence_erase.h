#pragma once
#include "op/sequence/values.h"

namespace tenon {

struct SequenceErase {
  static constexpr std::string_view name = "sequence_erase";
  static constexpr std::string_view doc =
      "A sequence without the element at a position (an integer scalar; negative ones count from the end), or without "
      "the "
      "last where none is given. sequence_erase(sequence, position)";
  static constexpr std::string_view constraints = R"(
    there are a sequence and perhaps a position | ()
    the first is a sequence | (f32[2]))";
  static constexpr Traits traits{.texts = true, .host = true};

  Types infer(Operands in) const {
    require(in.size() == 1 || in.size() == 2,
            "sequence_erase: expected a sequence and perhaps a position, {} operands given", in.size());
    require_form(name, in[0].type, Composite::Form::Sequence);
    if (in.size() == 2) require_position(name, in[1].type);
    return {in[0].type};
  }
  std::vector<Array> evaluate(std::span<const Array> in) const {
    std::vector<Array> parts = in[0].parts();
    require(!parts.empty(), "sequence_erase: the sequence is empty");
    const std::size_t at = in.size() == 2 ? position_in(name, in[1], parts.size(), false) : parts.size() - 1;
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at));
    return {Array(in[0].type(), std::move(parts))};
  }
  static std::vector<Case<SequenceErase>> samples() {
    const SampleInput pair{sequence_of({DType::F32, {3}}), -2, 2, false};
    return {{{}, {pair}},
            {{}, {pair, {{DType::I64, {}}, -2, 2, false}}},
            {{}, {{sequence_of({DType::Bool, {2, 2}}), 0, 2, false}, {{DType::I32, {}}, 0, 2, false}}}};
  }
};

}  // namespace tenon
