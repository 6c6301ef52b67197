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
