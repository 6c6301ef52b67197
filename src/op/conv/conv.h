#pragma once
#include "op/conv/window.h"

namespace tenon {

struct Conv {
  static constexpr std::string_view name = "conv";
  static constexpr std::string_view doc =
      "Convolution over 1 to 3 spatial dimensions, without flipping the filter: y[n, k, p] is the sum over channels "
      "c of k's group and window offsets r of x[n, c, p * stride + r * dilation - pads_begin] w[k, c, r], plus "
      "bias[k]; x is 0 outside. x is [N, C, spatial…] and w [K, C / groups, window…]; with layout \"nhwc\" x is [N, "
      "spatial…, C] and w [window…, C / groups, K]. Extents: floor((extent + pads - dilation (window - 1) - 1) / "
      "stride) + 1. Negative pads crop. Narrow types are accumulated wider. conv(x, w) or conv(x, w, bias)";
  static constexpr std::string_view constraints = R"(
    there are x, w and perhaps a bias | (f32[1,4,5,5])
    all have one element type | (f32[1,4,5,5], f64[2,4,3,3])
    they are floats or integers | (bool[1,4,5,5], bool[2,4,3,3])
    x has batch, channels and one to three spatial dimensions | (f32[4,5], f32[2,4])
    w has the rank of x | (f32[1,4,5,5], f32[2,4,3])
    the layout is "nchw" or "nhwc" | {layout="chwn"} (f32[1,4,5,5], f32[2,4,3,3])
    the groups divide the channels of x | {groups=3} (f32[1,4,5,5], f32[2,4,3,3])
    w has the channels of one group | (f32[1,4,5,5], f32[2,3,3,3])
    the groups divide the outputs | {groups=2} (f32[1,4,5,5], f32[3,2,3,3])
    the bias is one number for each output | (f32[1,4,5,5], f32[2,4,3,3], f32[4])
    stride, dilation and pads have a number for each spatial dimension | {stride=[1]} (f32[1,4,5,5], f32[2,4,3,3])
    strides and dilations are at least 1 | {stride=[0,1]} (f32[1,4,5,5], f32[2,4,3,3])
    a window is not longer than the padded input | (f32[1,4,2,2], f32[2,4,3,3]))";
  static constexpr Traits traits{.contraction = true};
  Ints stride, dilation, pads_begin, pads_end;
  i64 groups = 1;
  std::string layout = "nchw";
  static void fields(auto& self, auto&& f) {
    f("stride", self.stride), f("dilation", self.dilation), f("pads_begin", self.pads_begin);
    f("pads_end", self.pads_end), f("groups", self.groups), f("layout", self.layout);
  }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<Conv>> samples();

 private:
  Windows windows(const Type& w) const;
};

}  // namespace tenon
