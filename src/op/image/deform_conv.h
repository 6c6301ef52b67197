#pragma once
#include "op/conv/window.h"

namespace tenon {

struct DeformConv {
  static constexpr std::string_view name = "deform_conv";
  static constexpr std::string_view doc =
      "A convolution of images whose windows are deformed: at each place, offset r of the window is moved by a "
      "vector of its own, and x, 0 outside, interpolated linearly there. x [N, C, H, W], w [K, C / groups, R, S], "
      "offsets [N, 2 offset_groups R S, H', W'] (of each offset of the window first the vertical, then the "
      "horizontal part), each for C / offset_groups channels; perhaps a mask [N, offset_groups R S, H', W'] that "
      "multiplies the samples, and a bias [K]. Attributes as of conv. deform_conv(x, w, offsets), …(x, w, offsets, "
      "mask), …(x, w, offsets, bias) or …(x, w, offsets, mask, bias) (Dai et al. 2017, Zhu et al. 2018)";
  static constexpr std::string_view constraints = R"(
    there are x, w, offsets, perhaps a mask and perhaps a bias | (f32[1,2,4,4], f32[3,2,2,2])
    all have one element type | (f32[1,2,4,4], f64[3,2,2,2], f32[1,8,3,3])
    they are floats | (i32[1,2,4,4], i32[3,2,2,2], i32[1,8,3,3])
    x is [N, C, H, W] and w [K, C / groups, R, S] | (f32[2,4,4], f32[3,2,2,2], f32[1,8,3,3])
    the offset groups divide the channels | {offset_groups=3} (f32[1,2,4,4], f32[3,2,2,2], f32[1,8,3,3])
    the offsets are two numbers for each position of a window, at each position of the result | (f32[1,2,4,4], f32[3,2,2,2], f32[1,4,3,3]))";
  static constexpr Traits traits{.contraction = true};
  Ints stride, dilation, pads_begin, pads_end;
  i64 groups = 1, offset_groups = 1;
  static void fields(auto& self, auto&& f) {
    f("stride", self.stride), f("dilation", self.dilation), f("pads_begin", self.pads_begin);
    f("pads_end", self.pads_end), f("groups", self.groups), f("offset_groups", self.offset_groups);
  }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<DeformConv>> samples();
};

}  // namespace tenon
