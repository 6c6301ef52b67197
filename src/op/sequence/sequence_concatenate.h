#pragma once
#include "op/sequence/values.h"

namespace tenon {

struct SequenceConcatenate {
  static constexpr std::string_view name = "sequence_concatenate";
  static constexpr std::string_view doc =
      "The elements of a sequence, at least one unless `stack` is set, side by side along the axis; with `stack` along "
      "a new one. Other "
      "extents "
      "are equal.";
  static constexpr std::string_view constraints = R"(
    the operand is a sequence | (f32[2]))";
  static constexpr Traits traits{.texts = true, .host = true};
  i64 axis = 0;
  bool stack = false;
  std::string size = "joined";  ///< begins the names of unknown extents of the result
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("stack", self.stack), f("size", self.size); }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  static std::vector<Case<SequenceConcatenate>> samples() {
    return {{{0}, {{sequence_of({DType::F32, {3, 2}}), -2, 2, false}}},
            {{-1, true}, {{sequence_of({DType::F64, {3}}), -2, 2, false}}},
            {{1}, {{sequence_of({DType::I8, {2, 0}}), -2, 2, false}}}};
  }
};

}  // namespace tenon
