#pragma once
#include "op/conv/pool.h"

namespace tenon {

struct SpatialPyramidPool {
  static constexpr std::string_view name = "spatial_pyramid_pool";
  static constexpr std::string_view doc =
      "Adaptive pooling to level x level (x …) windows for each of the levels, flattened and put one after the "
      "other: [N, C, spatial…] to [N, C times the sum of level^rank]. mode is \"max\" or \"average\". (He et al. "
      "2014)";
  static constexpr Traits traits{.reduction = true};
  Ints levels{1, 2, 4};
  std::string mode = "max";
  static void fields(auto& self, auto&& f) { f("levels", self.levels), f("mode", self.mode); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<SpatialPyramidPool>> samples();
};

}  // namespace tenon
