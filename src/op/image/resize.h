#pragma once
#include "op/op.h"

namespace tenon {

struct Resize {
  static constexpr std::string_view name = "resize";
  static constexpr std::string_view doc =
      "x at other extents along the axes (without axes: as many last dimensions as there are numbers): sizes, or "
      "extents times scales, rounded down. Element o of m lies at a coordinate of the n elements of x, with s = m / "
      "n or the scale: half_pixel (o + 1/2) / s - 1/2; pytorch_half_pixel the same, but 0 where m is 1; asymmetric o "
      "/ s; align_corners o (n - 1) / (m - 1), 0 where m is 1; half_pixel_symmetric half_pixel plus (n - m / s) / 2; "
      "tf_crop_and_resize runs from "
      "the region's start to its end, both in parts of n - 1, and lies in its middle where m is 1. "
      "mode nearest takes the element that the coordinate is rounded to: round_prefer_floor, round_prefer_ceil, "
      "floor or ceil; linear and cubic (Keys' kernel with cubic_a) interpolate, with the outermost elements repeated "
      "outside; with exclude_outside those weigh nothing instead, and the others more; with antialias, what shrinks is "
      "interpolated with a kernel 1 / s as wide, whose weights add up to 1. The region has the starts of "
      "all axes, then their ends; points of it outside of x are extrapolated. (Conventions of the Open "
      "Neural Network Exchange.)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the mode is "nearest", "linear" or "cubic" | {sizes=[4], axes=[1], mode="area"} (f32[2,3])
    the coordinates are one of six conventions | {sizes=[4], axes=[1], coordinates="whole_pixel"} (f32[2,3])
    nearest is one of four roundings | {sizes=[4], axes=[1], nearest="up"} (f32[2,3])
    "linear" and "cubic" take floats | {sizes=[4], axes=[1], mode="linear"} (i32[2,3])
    where both are given, there are as many sizes as scales | {sizes=[4], scales=[1,2]} (f32[2,3])
    there are as many axes, or none | {sizes=[4], axes=[0,1]} (f32[2,3])
    the axes are some of x | {sizes=[4], axes=[2]} (f32[2,3])
    and name each once | {sizes=[4,4], axes=[1,1]} (f32[2,3])
    scales are above 0 | {scales=[0], axes=[1]} (f32[2,3])
    sizes are at least 0 | {sizes=[-1], axes=[1]} (f32[2,3])
    nothing is not made larger | {sizes=[4], axes=[1]} (f32[2,0])
    "tf_crop_and_resize" has a start and an end per axis | {sizes=[4], axes=[1], coordinates="tf_crop_and_resize", region=[0.5]} (f32[2,3])
    and only that has a region | {sizes=[4], axes=[1], region=[0.0,1.0]} (f32[2,3])
    "tf_crop_and_resize" takes sizes | {scales=[2.0], axes=[1], coordinates="tf_crop_and_resize", region=[0.0,1.0]} (f32[2,3])
    starts and ends are finite | {sizes=[4], axes=[1], coordinates="tf_crop_and_resize", region=[0.0,nan]} (f32[2,3]))";
  static constexpr Traits traits{};
  Ints sizes;
  std::vector<double> scales;
  Ints axes;
  std::string mode = "nearest", coordinates = "half_pixel", nearest = "round_prefer_floor";
  double cubic_a = -0.75;
  bool exclude_outside = false, antialias = false;
  std::vector<double> region;
  double extrapolation = 0;
  static void fields(auto& self, auto&& f) {
    f("sizes", self.sizes), f("scales", self.scales), f("axes", self.axes), f("mode", self.mode);
    f("coordinates", self.coordinates), f("nearest", self.nearest), f("cubic_a", self.cubic_a);
    f("exclude_outside", self.exclude_outside), f("antialias", self.antialias), f("region", self.region);
    f("extrapolation", self.extrapolation);
  }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Resize>> samples();

 private:
  Ints resized_axes(const Type& x) const;
  void check_region(std::size_t axes_resized) const;
};

}  // namespace tenon
