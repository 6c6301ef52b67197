#include "op/conv/average_pool.h"

namespace tenon {

namespace {

/// How many offsets of the window at each position lie in [low, high), in one dimension.
expr::Scalar count_in(const Pooling& pool, std::size_t d, Dim low, Dim high) {
  const Windows& w = pool.windows;
  const expr::Affine first = pool.p[d] * w.stride[d] - w.begin[d];
  const Dim last = (pool.p[d].extent() - 1) * w.stride[d] - w.begin[d] + w.span(d);
  const bool whole = certainly_at_most(low, -w.begin[d]) && certainly_at_most(last, high);
  if (whole) return static_cast<double>(w.size[d]);
  const auto offsets_before = [&](Dim bound) {  // rounded up
    return expr::value(bound - first + (w.dilation[d] - 1)) / static_cast<double>(w.dilation[d]);
  };
  return expr::min(offsets_before(high), static_cast<double>(w.size[d])) - expr::max(offsets_before(low), 0);
}

}  // namespace

expr::Expr AveragePool::define(std::span<const Type> in) const {
  const Pooling pool = pooling_of(name, in[0], *this);
  const DType t = in[0].dtype, wide = accumulate_type(t);
  expr::Scalar count = 1;
  for (std::size_t d = 0; d < pool.windows.rank(); ++d) {
    const Dim extent = pool.spatial[d];
    const expr::Scalar here = count_include_pad
                                  ? count_in(pool, d, -pool.windows.begin[d], extent + pool.windows.end[d])
                                  : count_in(pool, d, 0, extent);
    count = count * here;
  }
  const auto sum = expr::sum(pool.r, expr::cast(wide, expr::Input(0, in[0]).outside(0)(pool.at)));
  return expr::compute({in[0]}, pool.out, expr::cast(t, sum / (count.is_literal() ? count : expr::cast(wide, count))));
}

std::vector<Case<AveragePool>> AveragePool::samples() {
  std::vector<Case<AveragePool>> list;
  for (const PoolCase& c : pool_cases({DType::F32, DType::F64, DType::F16, DType::BF16}))
    for (const bool include : {false, true}) list.push_back({{c.fields, include}, {{c.x}}});
  return list;
}

}  // namespace tenon
