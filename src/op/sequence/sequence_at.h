#pragma once
#include "op/sequence/values.h"

namespace tenon {

struct SequenceAt {
  static constexpr std::string_view name = "sequence_at";
  static constexpr std::string_view doc =
      "The element at a position (an integer scalar) of a sequence; negative ones count from the end. "
      "sequence_at(sequence, position)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[2])
    the first is a sequence | (f32[2], i64[]))";
  static constexpr Traits traits{.texts = true, .host = true};
  std::string size = "element";  ///< begins the names of unknown extents of the result
  static void fields(auto& self, auto&& f) { f("size", self.size); }

  Types infer(Operands in) const {
    require_operands(name, in, 2);
    const Composite& s = require_form(name, in[0].type, Composite::Form::Sequence);
    require_position(name, in[1].type);
    return {with_own_unknowns(s.element, size)};
  }
  std::vector<Array> evaluate(std::span<const Array> in) const {
    return {in[0].parts()[position_in(name, in[1], in[0].parts().size(), false)]};
  }
  static std::vector<Case<SequenceAt>> samples() {
    const Type pair = sequence_of({DType::F32, {3}});
    return {{{}, {{pair, -2, 2, false}, {{DType::I64, {}}, -2, 2, false}}},
            {{}, {{pair, -2, 2, false}, {{DType::I32, {}}, 0, 2, false}}},
            {{}, {{sequence_of({DType::I8, {}}), -5, 5, false}, {{DType::I64, {}}, -2, 0, false}}}};
  }
};

}  // namespace tenon
