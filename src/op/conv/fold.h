#pragma once
#include "op/conv/window.h"

namespace tenon {

struct Fold {
  static constexpr std::string_view name = "fold";
  static constexpr std::string_view doc =
      "Columns added up where their windows lie (col2im), the transpose of unfold: x [N, C times the elements of a "
      "window, positions] becomes [N, C, extents…]. Windows lie as those of conv over the extents.";
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
