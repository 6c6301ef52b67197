#pragma once
#include "op/shape/from_values.h"

namespace tenon {

struct Fill {
  static constexpr std::string_view name = "fill";
  static constexpr std::string_view doc =
      "A tensor of the extents that a list of integers says, each element a scalar. fill(extents, value)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (i64[2])
    the extents are a list of integers | (f32[2], f32[])
    the value is a scalar | (i64[2], f32[2]))";
  static constexpr Traits traits{.texts = true, .extents_in = 0b1};
  std::string size = "filled";  ///< begins the names of extents that are not known
  static void fields(auto& self, auto&& f) { f("size", self.size); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Fill>> samples() {
    return {{{}, {sample_extents(2, 2, 4), {{DType::F32, {}}}}},
            {{}, {sample_extents(0, 0, 1), {{DType::F64, {}}}}},
            {{}, {sample_extents(3, 0, 3), {{DType::I16, {}}, -5, 5, false}}}};
  }
};

}  // namespace tenon
