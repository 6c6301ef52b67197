#include "op/conv/pool.h"

namespace tenon {

namespace {

Windows pool_windows(std::string_view op, const PoolFields& f) {
  Windows w = windows_of(op, f.size, {f.stride.empty() ? f.size : f.stride, f.dilation, f.pads_begin, f.pads_end});
  require_small_pads(op, w);
  return w;
}

}  // namespace

std::size_t first_spatial(std::string_view op, const Type& x, std::size_t rank, const std::string& layout) {
  const std::size_t behind = is_channels_last(op, layout) ? 1 : 0;
  require(x.shape.size() >= rank + behind, "{}: x is {}, expected at least {} dimensions, {} of them spatial", op, x,
          rank + behind, rank);
  return x.shape.size() - rank - behind;
}

Shape pooled_shape(std::string_view op, const Type& x, const PoolFields& f) {
  const Windows w = pool_windows(op, f);
  const std::size_t first = first_spatial(op, x, w.rank(), f.layout);
  const Shape positions = window_positions(op, extents_from(x.shape, first, w.rank()), w, f.ceil_mode);
  Shape shape = x.shape;
  for (std::size_t d = 0; d < w.rank(); ++d) shape[first + d] = positions[d];
  check_shape(shape);
  return shape;
}

Pooling pooling_of(std::string_view op, const Type& x, const PoolFields& f) {
  const Windows w = pool_windows(op, f);
  const std::size_t first = first_spatial(op, x, w.rank(), f.layout);
  const auto i = expr::indices(pooled_shape(op, x, f));
  Pooling pool{w, extents_from(x.shape, first, w.rank()), expr::dims(i), expr::ats(i), {}, expr::indices(w.size, "r")};
  for (std::size_t d = 0; d < w.rank(); ++d) {
    pool.p.push_back(i[first + d]);
    pool.at[first + d] = w.element(d, pool.p[d], pool.r[d]);
  }
  return pool;
}

expr::Scalar lowest(DType t) { return expr::Scalar(has_infinity(t) ? -expr::kInfinity : lowest_of(t)).typed(t); }

std::vector<PoolCase> pool_cases(const std::vector<DType>& dtypes) {
  const DType first = dtypes[0];
  std::vector<PoolCase> list{
      {{.size = {2, 2}}, {first, {2, 2, 4, 5}}},
      {{.size = {3, 2}, .stride = {2, 1}, .pads_begin = {1, 0}, .pads_end = {2, 1}}, {first, {1, 2, 5, 4}}},
      {{.size = {3, 3}, .stride = {2, 2}, .ceil_mode = true}, {first, {1, 2, 6, 4}}},
      {{.size = {3, 3}, .stride = {3, 2}, .pads_begin = {1, 1}, .pads_end = {1, 1}, .ceil_mode = true},
       {first, {1, 1, 5, 6}}},
      {{.size = {2, 3}, .stride = {1, 2}, .dilation = {2, 1}, .pads_begin = {1, 1}, .pads_end = {1, 0}},
       {first, {1, 2, 5, 6}}},
      {{.size = {2, 2}, .stride = {2, 1}, .layout = "nhwc"}, {first, {2, 4, 3, 3}}},
      {{.size = {3}, .stride = {1}, .pads_begin = {1}, .pads_end = {1}}, {first, {7}}},
      {{.size = {2, 1, 2}, .stride = {1, 2, 2}}, {first, {1, 2, 3, 3, 4}}},
      {{.size = {2, 2}}, {first, {0, 2, 4, 4}}}};
  for (std::size_t k = 1; k < dtypes.size(); ++k)
    list.push_back(
        {{.size = {2, 2}, .stride = {1, 2}, .pads_begin = {1, 0}, .pads_end = {0, 1}}, {dtypes[k], {2, 3, 5}}});
  return list;
}

}  // namespace tenon
