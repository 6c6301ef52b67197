#pragma once
#include "op/conv/window.h"

namespace tenon {

struct Fold {
  static constexpr std::string_view name = "fold";
  static constexpr std::string_view doc =
      "Columns added up where their windows lie (col2im), the transpose of unfold: x [N, C times the elements of a "
      "window, positions] becomes [N, C, extents…]. Windows lie as those of conv over the extents.";
  static constexpr std::string_view constraints = R"(
    there is one operand | {extents=[4,4], size=[2,2]} ()
    x is a number | {extents=[4,4], size=[2,2]} (bool[1,8,9])
    x has batch, rows and columns | {extents=[4,4], size=[2,2]} (f32[8,9])
    there are as many extents as the windows have dimensions | {extents=[4], size=[2,2]} (f32[1,8,9])
    they are at least 0 | {extents=[-1,4], size=[2,2]} (f32[1,8,9])
    the elements of a window divide the rows | {extents=[4,4], size=[2,2]} (f32[1,7,9])
    there are as many columns as positions | {extents=[4,4], size=[2,2]} (f32[1,8,8]))";
  static constexpr Traits traits{.reduction = true};
  Ints extents, size, stride, dilation, pads_begin, pads_end;
  static void fields(auto& self, auto&& f) {
    f("extents", self.extents), f("size", self.size), f("stride", self.stride), f("dilation", self.dilation);
    f("pads_begin", self.pads_begin), f("pads_end", self.pads_end);
  }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Fold>> samples();

 private:
  Windows windows() const { return windows_of(name, size, {stride, dilation, pads_begin, pads_end}); }
  /// x with channels, offsets and positions apart.
  Shape apart(const Type& x) const;
};

}  // namespace tenon
