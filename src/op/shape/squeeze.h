#pragma once
#include "op/op.h"

namespace tenon {

struct Squeeze {
  static constexpr std::string_view name = "squeeze";
  static constexpr std::string_view doc =
      "x without the dimensions at the axes, which must have extent 1 (all such dimensions, where none are given).";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the axes are some of x | {axes=[3]} (f32[2,1])
    and name each once | {axes=[1,1]} (f32[2,1])
    their extents are 1 | {axes=[0]} (f32[2,1]))";
  static constexpr Traits traits{.index_map = true, .view = true};
  Ints axes;
  static void fields(auto& self, auto&& f) { f("axes", self.axes); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    return {Type{in[0].type.dtype, target(in[0].type)}};
  }
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Squeeze>> samples();

  Shape target(const Type& from) const;
};

}  // namespace tenon
