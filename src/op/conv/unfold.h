#pragma once
#include "op/conv/window.h"

namespace tenon {

struct Unfold {
  static constexpr std::string_view name = "unfold";
  static constexpr std::string_view doc =
      "Windows of x as columns (im2col): x [N, C, spatial…] becomes [N, C times the elements of a window, "
      "positions]. Rows are ordered by channel, then by offset in the window; columns by position, row-major. "
      "Elements outside are 0. Windows lie as those of conv.";
  static constexpr std::string_view constraints = R"(
    there is one operand | {size=[2,2]} ()
    x has batch, channels and as many spatial dimensions as size | {size=[2,2]} (f32[1,2,4])
    a window is not longer than the padded input | {size=[5,5]} (f32[1,2,4,4]))";
  static constexpr Traits traits{.index_map = true};
  Ints size, stride, dilation, pads_begin, pads_end;
  static void fields(auto& self, auto&& f) {
    f("size", self.size), f("stride", self.stride), f("dilation", self.dilation), f("pads_begin", self.pads_begin);
    f("pads_end", self.pads_end);
  }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Unfold>> samples();

 private:
  Windows windows() const { return windows_of(name, size, {stride, dilation, pads_begin, pads_end}); }
};

}  // namespace tenon
