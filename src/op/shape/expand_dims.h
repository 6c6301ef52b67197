#pragma once
#include "op/op.h"

namespace tenon {

struct ExpandDims {
  static constexpr std::string_view name = "expand_dims";
  static constexpr std::string_view doc = "x with new dimensions of extent 1 at the axes, which count in the result.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axes are those of the result | {axes=[3]} (f32[2])
    and name each once | {axes=[0,0]} (f32[2]))";
  static constexpr Traits traits{.index_map = true, .view = true};
  Ints axes;
  static void fields(auto& self, auto&& f) { f("axes", self.axes); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    return {Type{in[0].type.dtype, target(in[0].type)}};
  }
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<ExpandDims>> samples();

  Shape target(const Type& from) const;
};

}  // namespace tenon
