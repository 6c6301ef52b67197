#include "op/conv/adaptive_pool.h"

#include "op/formula.h"
#include "op/reduce/reduction.h"

namespace tenon {

Shape adaptively_pooled(std::string_view op, const Type& x, const Ints& extents, const std::string& layout) {
  require(!extents.empty(), "{}: extents is empty, expected one number for each spatial dimension", op);
  const std::size_t first = first_spatial(op, x, extents.size(), layout);
  Shape shape = x.shape;
  for (std::size_t d = 0; d < extents.size(); ++d) {
    require(extents[d] >= -1, "{}: extents {} has the number {}, expected at least 0, or -1 to keep an extent", op,
            extents, extents[d]);
    if (extents[d] == -1) continue;
    require(x.shape[first + d] > 0 || extents[d] == 0, "{}: dimension {} of {} is empty, so there is nothing to pool",
            op, first + d, x);
    shape[first + d] = extents[d];
  }
  check_shape(shape);
  return shape;
}

// floor(o n / m) <= h < ceil((o + 1) n / m), with n elements and m windows.
expr::Where in_window(const expr::Index& o, const expr::Index& h) {
  const Dim n = h.extent(), m = o.extent();
  return o * n < h * m + m && o * n + n > h * m;
}

Value pool_adaptively(Builder& b, const Value& x, const Shape& target, std::string_view label,
                      const std::function<OpRef(const PoolFields&)>& even, const AxisPooling& uneven) {
  PoolFields fields{.size = Ints(target.size(), 1)};
  std::vector<std::size_t> rest;
  for (std::size_t d = 0; d < target.size(); ++d) {
    if (target[d] == x.shape()[d]) continue;
    const auto size = exact_quotient(x.shape()[d], target[d]);
    if (size && size->is_constant())
      fields.size[d] = *size;
    else
      rest.push_back(d);
  }
  const bool divides = std::ranges::any_of(fields.size, [](i64 n) { return n > 1; });
  Value y = divides ? b.apply1(even(fields), {x}) : x;
  for (const std::size_t d : rest)
    y = b.apply1(make_op(Formula{uneven(y.type(), d, target[d]), std::string(label)}), {y});
  return y;
}

std::vector<AdaptiveCase> adaptive_cases(const std::vector<DType>& dtypes) {
  const DType first = dtypes[0];
  std::vector<AdaptiveCase> list{{{3, 2}, "nchw", {first, {2, 2, 5, 4}}},
                                 {{1, 1}, "nchw", {first, {1, 2, 3, 5}}},
                                 {{2, 2}, "nhwc", {first, {1, 4, 3, 2}}},
                                 {{4, 7}, "nchw", {first, {1, 1, 3, 5}}},
                                 {{-1, 3}, "nchw", {first, {2, 3, 7}}},
                                 {{2, 3, 1}, "nchw", {first, {1, 1, 3, 4, 2}}},
                                 {{3}, "nchw", {first, {10}}},
                                 {{0, 2}, "nchw", {first, {2, 3, 3}}},
                                 {{2, 2}, "nchw", {first, {0, 2, 3, 4}}}};
  for (std::size_t k = 1; k < dtypes.size(); ++k) list.push_back({{2, 3}, "nchw", {dtypes[k], {2, 4, 7}}});
  return list;
}

}  // namespace tenon
