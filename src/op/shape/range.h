#pragma once
#include "op/shape/from_values.h"

namespace tenon {

struct Range {
  static constexpr std::string_view name = "range";
  static constexpr std::string_view doc =
      "start, start + step, … before limit (behind it, with a negative step), of three scalars of one type. The number "
      "of "
      "elements is ceil((limit - start) / step), at least 0. range(start, limit, step)";
  static constexpr std::string_view constraints = R"(
    there are three operands | (f32[])
    all have one element type | (f32[], f32[], i32[])
    they are floats or integers | (bool[], bool[], bool[])
    they are scalars | (f32[], f32[2], f32[]))";
  static constexpr Traits traits{.stops_gradient = true, .extents_in = 0b111};
  std::string size = "range";  ///< the name of the extent, where it is not known
  static void fields(auto& self, auto&& f) { f("size", self.size); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Range>> samples();
};

}  // namespace tenon
