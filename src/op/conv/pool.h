// What pooling operators share.
#pragma once
#include "op/conv/window.h"

namespace tenon {

/// The attributes of pooling. The windows cover as many dimensions as `size` has numbers: the last ones, or with layout
/// "nhwc" those before the last one. An empty stride means the size, so that windows lie side by side.
struct PoolFields {
  Ints size, stride, dilation, pads_begin, pads_end;
  bool ceil_mode = false;
  std::string layout = "nchw";
  static void fields(auto& self, auto&& f) {
    f("size", self.size), f("stride", self.stride), f("dilation", self.dilation), f("pads_begin", self.pads_begin);
    f("pads_end", self.pads_end), f("ceil_mode", self.ceil_mode), f("layout", self.layout);
  }
};

/// A formula's indices: one output element sees the elements `at` for all offsets `r`.
struct Pooling {
  Windows windows;
  Shape spatial;  ///< extents that the windows slide over
  std::vector<expr::OutDim> out;
  std::vector<expr::At> at;
  std::vector<expr::Index> p, r;
};
Pooling pooling_of(std::string_view op, const Type& x, const PoolFields& fields);

/// The shape of the result. Checks everything.
Shape pooled_shape(std::string_view op, const Type& x, const PoolFields& fields);
/// First of `rank` spatial dimensions. Throws Error where x has too few dimensions.
std::size_t first_spatial(std::string_view op, const Type& x, std::size_t rank, const std::string& layout);
/// The smallest element, as what a maximum finds where there is nothing.
expr::Scalar lowest(DType t);

struct PoolCase {
  PoolFields fields;
  Type x;
};
/// Every attribute, ranks 1 to 3, odd sizes, the given element types.
std::vector<PoolCase> pool_cases(const std::vector<DType>& dtypes);

}  // namespace tenon
