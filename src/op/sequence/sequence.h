#pragma once
#include "op/sequence/values.h"

namespace tenon {

struct SequenceOf {
  static constexpr std::string_view name = "sequence";
  static constexpr std::string_view doc =
      "The operands, of one element type and rank, as a sequence. Extents in which they differ are unknown in its "
      "type; "
      "of no operands, `dtype` and `rank` say the type of the elements.";
  static constexpr std::string_view constraints = R"(
    the rank of the elements of an empty one is from 0 to 16 | {rank=17} ())";
  static constexpr Traits traits{.texts = true, .host = true};
  DType dtype = DType::F32;
  i64 rank = 0;
  static void fields(auto& self, auto&& f) { f("dtype", self.dtype), f("rank", self.rank); }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  static std::vector<Case<SequenceOf>> samples() {
    return {{{}, {{{DType::F32, {3}}, -2, 2, false}, {{DType::F32, {2}}, -2, 2, false}}},
            {{}, {{{DType::I64, {}}, -5, 5, false}}},
            {{DType::F64, 2}, {}}};
  }
};

}  // namespace tenon
