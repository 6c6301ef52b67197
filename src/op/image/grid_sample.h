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
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[1,2,4,4])
    x is a float | (i32[1,2,4,4], f32[1,3,3,2])
    the grid has its element type | (f32[1,2,4,4], f64[1,3,3,2])
    the mode is "nearest", "linear" or "cubic" | {mode="quadratic"} (f32[1,2,4,4], f32[1,3,3,2])
    the padding is "zeros", "border" or "reflection" | {padding="ones"} (f32[1,2,4,4], f32[1,3,3,2])
    x has batch, channels and two or three spatial dimensions | (f32[1,2,4], f32[1,3,1])
    "cubic" takes two of them | {mode="cubic"} (f32[1,1,2,2,2], f32[1,2,2,2,3])
    the grid has the batch first and a number for each spatial dimension last | (f32[1,2,4,4], f32[1,3,3,3])
    x is not empty where the grid is not | (f32[1,2,0,4], f32[1,3,3,2]))";
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
