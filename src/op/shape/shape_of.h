#pragma once
#include "op/op.h"

namespace tenon {

struct ShapeOf {
  static constexpr std::string_view name = "shape_of";
  static constexpr std::string_view doc =
      "The extents of x from dimension `start` up to `stop` (negative ones count from the end; none: to the end), an "
      "i64 "
      "list. What integer operators make of it is known before the program runs.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ())";
  static constexpr Traits traits{.stops_gradient = true, .texts = true};
  i64 start = 0;
  Ints stop;
  static void fields(auto& self, auto&& f) { f("start", self.start), f("stop", self.stop); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    return {Type{DType::I64, {static_cast<i64>(part(in[0].type).size())}}};
  }
  std::vector<std::optional<Shape>> extents(Operands in) const { return {part(in[0].type)}; }
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<ShapeOf>> samples() {
    return {{{}, {{{DType::F32, {2, 3, 5}}, -2, 2, false}}},
            {{1, {-1}}, {{{DType::I8, {2, 3, 5, 7}}, -2, 2, false}}},
            {{-1}, {{{DType::Bool, {0, 4}}, 0, 2, false}}},
            {{}, {{{DType::F64, {}}, -2, 2, false}}}};
  }

 private:
  Shape part(const Type& x) const;
};

}  // namespace tenon
