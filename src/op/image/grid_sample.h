#pragma once
#include "op/op.h"

namespace tenon {

struct GridSample {
  static constexpr std::string_view name = "grid_sample";
  static constexpr std::string_view doc =
      "x sampled at the coordinates in grid: x [N, C, spatial…], grid [N, places…, rank] gives [N, C, places…], for "
      "2 or 3 spatial dimensions. The last dimension of grid names spatial dimensions from the last to the first; -1 "
      "and 1 are the borders of the image, with align_corners the middles of its outermost elements. mode: nearest "
      "(half to even), linear, or, in 2 dimensions, cubic (Keys' kernel, a = -0.75). padding says what is outside: "
      "zeros, border (the nearest element), or reflection. The gradient by the grid is that of the weights. "
      "grid_sample(x, grid)";
  static constexpr Traits traits{};
  std::string mode = "linear", padding = "zeros";
  bool align_corners = false;
  static void fields(auto& self, auto&& f) {
    f("mode", self.mode), f("padding", self.padding), f("align_corners", self.align_corners);
  }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<GridSample>> samples();
};

}  // namespace tenon
