#pragma once
#include "op/sequence/values.h"

namespace tenon {

struct SplitToSequence {
  static constexpr std::string_view name = "split_to_sequence";
  static constexpr std::string_view doc =
      "Pieces of x along the axis as a sequence: of the extents that the second operand (integers, one dimension) "
      "lists, or "
      "of the one that it is (a scalar; the last piece may be smaller), or where it is absent of 1, without the axis "
      "unless "
      "keep_dims. split_to_sequence(x, extents)";
  static constexpr std::string_view constraints = R"(
    there are a tensor and perhaps extents | ())";
  static constexpr Traits traits{.texts = true, .host = true};
  i64 axis = 0;
  bool keep_dims = true;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("keep_dims", self.keep_dims); }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  static std::vector<Case<SplitToSequence>> samples() {
    return {{{0}, {{{DType::F32, {3, 2}}, -2, 2, false}}},
            {{-1, false}, {{{DType::F64, {2, 3}}, -2, 2, false}}},
            {{1}, {{{DType::I32, {2, 5}}, -2, 2, false}, {{DType::I64, {}}, 2, 3, false}}},
            {{0}, {{{DType::I32, {2, 5}}, -2, 2, false}, {{DType::I64, {2}}, 1, 2, false}}}};
  }
};

}  // namespace tenon
