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
