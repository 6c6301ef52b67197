#pragma once
#include "op/sequence/values.h"

namespace tenon {

struct OptionalOf {
  static constexpr std::string_view name = "optional";
  static constexpr std::string_view doc =
      "The operand as an optional value; without operand the value that holds none, of the type that `dtype` and "
      "`shape` "
      "say.";
  static constexpr std::string_view constraints = R"(
    there is one operand or none | (f32[2], f32[2]))";
  static constexpr Traits traits{.texts = true, .host = true};
  DType dtype = DType::F32;
  Shape shape;
  static void fields(auto& self, auto&& f) { f("dtype", self.dtype), f("shape", self.shape); }

  Types infer(Operands in) const {
    require(in.size() <= 1, "optional: expected one operand or none, {} given", in.size());
    check_shape(shape);
    return {optional_of(in.empty() ? Type{dtype, shape} : in[0].type)};
  }
  std::vector<Array> evaluate(std::span<const Array> in) const {
    if (in.empty()) return {Array(optional_of({dtype, shape}), std::vector<Array>{})};
    return {Array(optional_of(in[0].type()), {in[0]})};
  }
  static std::vector<Case<OptionalOf>> samples() {
    return {{{}, {{{DType::F32, {3}}, -2, 2, false}}},
            {{DType::I8, {2, 2}}, {}},
            {{}, {{sequence_of({DType::F64, {}}), -2, 2, false}}}};
  }
};

}  // namespace tenon
