#pragma once
#include "op/shape/from_values.h"

namespace tenon {

struct BroadcastTo {
  static constexpr std::string_view name = "broadcast_to";
  static constexpr std::string_view doc =
      "x broadcast together with a tensor of the extents that a list of integers says, as NumPy does: extents of 1 on "
      "either "
      "side give way. broadcast_to(x, extents)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[2,3])
    the extents are a list of integers | (f32[2,3], i64[2,2]))";
  static constexpr Traits traits{.texts = true, .extents_in = 0b10};
  std::string size = "broadcast";  ///< begins the names of extents that are not known
  static void fields(auto& self, auto&& f) { f("size", self.size); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<BroadcastTo>> samples() {
    return {{{}, {{{DType::F32, {3}}}, sample_extents(2, 1, 2)}},
            {{}, {{{DType::F64, {1, 1}}}, sample_extents(3, 2, 3)}},
            {{}, {{{DType::I64, {}}, 0, 5, false}, sample_extents(0, 0, 1)}}};
  }
};

}  // namespace tenon
