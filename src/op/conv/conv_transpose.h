#pragma once
#include "op/conv/window.h"

namespace tenon {

struct ConvTranspose {
  static constexpr std::string_view name = "conv_transpose";
  static constexpr std::string_view doc =
      "The transpose of a convolution, which gives conv's gradient by its x: x[n, c, p] w[c, k, r] is added to y[n, "
      "k, p * stride + r * dilation - pads_begin], and bias[k] everywhere. x is [N, C, spatial…] and w [C, K / "
      "groups, window…]; with layout \"nhwc\" x is [N, spatial…, C] and w [window…, K / groups, C]. Extents: (extent "
      "- 1) stride + dilation (window - 1) + 1 - pads + output_padding, where output_padding, less than stride or "
      "dilation, adds elements at the end. Narrow types are accumulated wider. conv_transpose(x, w) or "
      "conv_transpose(x, w, bias)";
  static constexpr std::string_view constraints = R"(
    there are x, w and perhaps a bias | (f32[1,4,5,5])
    all have one element type | (f32[1,4,5,5], f64[2,4,3,3])
    they are floats or integers | (bool[1,4,5,5], bool[2,4,3,3])
    x has batch, channels and one to three spatial dimensions | (f32[4,5], f32[2,4])
    w has the rank of x | (f32[1,4,5,5], f32[2,4,3])
    the layout is "nchw" or "nhwc" | {layout="chwn"} (f32[1,4,5,5], f32[2,4,3,3])
    the groups divide the channels of x | {groups=3} (f32[1,4,5,5], f32[2,4,3,3])
    w has the channels of x first | (f32[1,4,5,5], f32[3,2,3,3])
    the bias is one number for each output | (f32[1,4,5,5], f32[4,2,3,3], f32[4])
    stride, dilation and pads have a number for each spatial dimension | {stride=[1]} (f32[1,4,5,5], f32[4,2,3,3])
    strides and dilations are at least 1 | {stride=[0,1]} (f32[1,4,5,5], f32[4,2,3,3])
    output_padding has a number for each spatial dimension | {output_padding=[1]} (f32[1,4,5,5], f32[4,2,3,3])
    which is less than the stride or the dilation | {output_padding=[1,1]} (f32[1,4,5,5], f32[4,2,3,3])
    the result is not smaller than nothing | {pads_begin=[9,9]} (f32[1,4,5,5], f32[4,2,3,3]))";
  static constexpr Traits traits{.contraction = true};
  Ints stride, dilation, pads_begin, pads_end, output_padding;
  i64 groups = 1;
  std::string layout = "nchw";
  static void fields(auto& self, auto&& f) {
    f("stride", self.stride), f("dilation", self.dilation), f("pads_begin", self.pads_begin);
    f("pads_end", self.pads_end), f("output_padding", self.output_padding), f("groups", self.groups);
    f("layout", self.layout);
  }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<ConvTranspose>> samples();

 private:
  Windows windows(const Type& w) const;
};

}  // namespace tenon
