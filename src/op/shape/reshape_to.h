#pragma once
#include "op/shape/from_values.h"

namespace tenon {

struct ReshapeTo {
  static constexpr std::string_view name = "reshape_to";
  static constexpr std::string_view doc =
      "x with the extents that a list of integers says; one may be -1, and 0 is the extent of x there unless "
      "`zero_is_zero`. "
      "reshape_to(x, extents)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[2,3])
    the extents are a list of integers | (f32[2,3], f32[2]))";
  static constexpr Traits traits{.texts = true, .extents_in = 0b10};
  bool zero_is_zero = false;
  std::string size = "reshaped";  ///< begins the names of extents that are not known
  static void fields(auto& self, auto&& f) { f("zero_is_zero", self.zero_is_zero), f("size", self.size); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<ReshapeTo>> samples() {
    return {{{}, {{{DType::F32, {4, 4}}}, sample_extents(2, 4, 5)}},
            {{}, {{{DType::F64, {6}}}, sample_extents(1, -1, 0)}},
            {{true}, {{{DType::I8, {0, 4}}, 0, 5, false}, sample_extents(1, 0, 1)}}};
  }

 private:
  Shape target(const Type& x, Shape extents) const;
};

}  // namespace tenon
