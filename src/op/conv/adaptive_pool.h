// What adaptive pooling operators share.
#pragma once
#include "op/conv/pool.h"

namespace tenon {

/// x's shape with `extents` in place of the spatial ones; -1 keeps one. Throws Error where that is impossible.
Shape adaptively_pooled(std::string_view op, const Type& x, const Ints& extents, const std::string& layout);

/// Reduces one axis to `extent` windows; window o is from floor(o n / extent) to ceil((o + 1) n / extent) of n
/// elements.
using AxisPooling = std::function<expr::Expr(const Type& x, std::size_t axis, Dim extent)>;
/// Element `at` of the axis belongs to window o of `windows`.
expr::Where in_window(const expr::Index& o, const expr::Index& at);

/// Pools the axes whose extents divide at once by `even`, the others one after the other by `uneven`, which gets a
/// label.
Value pool_adaptively(Builder& b, const Value& x, const Shape& target, std::string_view label,
                      const std::function<OpRef(const PoolFields&)>& even, const AxisPooling& uneven);

struct AdaptiveCase {
  Ints extents;
  std::string layout;
  Type x;
};
std::vector<AdaptiveCase> adaptive_cases(const std::vector<DType>& dtypes);

}  // namespace tenon
