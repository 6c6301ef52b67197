#pragma once
#include "op/index/indexing.h"

namespace tenon {

struct ScatterElements {
  static constexpr std::string_view name = "scatter_elements";
  static constexpr std::string_view doc =
      "x in which each element of updates is put at its own place, but for the axis, where the position is read from "
      "ids: the inverse of take_along_axis. ids and updates have one shape, no larger than x but for the axis. "
      "Elements for one position are reduced with x by add, mul, max or min, or with reduction \"none\" the last one "
      "stays. A position that is out of range is an error. scatter_elements(x, ids, updates)";
  static constexpr std::string_view constraints = R"(
    there are three operands | (f32[2,3], i64[2])
    the positions are integers | (f32[2,3], f32[2,3], f32[2,3])
    the reduction is "none", "add", "mul", "max" or "min" | {reduction="mean"} (f32[2,3], i64[2,3], f32[2,3])
    but "none", it takes numbers | {reduction="add"} (bool[2,3], i64[2,3], bool[2,3])
    the axis is one of x | {axis=2} (f32[2,3], i64[2,3], f32[2,3])
    the updates have the shape of the positions and the element type of x | (f32[2,3], i64[1,3], f32[2,3])
    beside the axis, the positions are not larger than x | {axis=0} (f32[2,3], i64[2,4], f32[2,4]))";
  static constexpr Traits traits{};
  i64 axis = 0;
  std::string reduction = "none";
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("reduction", self.reduction); }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<ScatterElements>> samples();
};

}  // namespace tenon
