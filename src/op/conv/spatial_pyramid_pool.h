#pragma once
#include "op/conv/pool.h"

namespace tenon {

struct SpatialPyramidPool {
  static constexpr std::string_view name = "spatial_pyramid_pool";
  static constexpr std::string_view doc =
      "Adaptive pooling to level x level (x …) windows for each of the levels, flattened and put one after the "
      "other: [N, C, spatial…] to [N, C times the sum of level^rank]. mode is \"max\" or \"average\". (He et al. "
      "2014)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[1,2,4,4])
    the mode is "max" or "average" | {mode="min"} (f32[1,2,4,4])
    x has batch, channels and spatial dimensions | (f32[1,2])
    there is a level | {levels=[]} (f32[1,2,4,4])
    which is at least 1 | {levels=[0]} (f32[1,2,4,4])
    x is not empty | (f32[1,2,0,4]))";
  static constexpr Traits traits{.reduction = true};
  Ints levels{1, 2, 4};
  std::string mode = "max";
  static void fields(auto& self, auto&& f) { f("levels", self.levels), f("mode", self.mode); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<SpatialPyramidPool>> samples();
};

}  // namespace tenon
