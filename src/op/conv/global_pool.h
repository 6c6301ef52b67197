// What global pooling operators share.
#pragma once
#include "op/conv/window.h"

namespace tenon {

/// The spatial dimensions of x: all but batch and channels. Throws Error where there are none.
Ints spatial_axes(std::string_view op, const Type& x, const std::string& layout);
/// x's shape with 1 in place of the spatial extents.
Shape globally_pooled(std::string_view op, const Type& x, const std::string& layout);

}  // namespace tenon
