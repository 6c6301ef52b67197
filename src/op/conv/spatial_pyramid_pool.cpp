#include "op/conv/spatial_pyramid_pool.h"

#include "op/conv/adaptive_average_pool.h"
#include "op/conv/adaptive_max_pool.h"
#include "op/shape/functions.h"

namespace tenon {

Types SpatialPyramidPool::infer(Operands in) const {
  require_operands(name, in, 1);
  const Type& x = in[0].type;
  require_float(name, x);
  require(mode == "max" || mode == "average",
          "spatial_pyramid_pool: mode \"{}\" is unknown; expected \"max\" or \"average\"", mode);
  require(x.rank() >= 3, "spatial_pyramid_pool: x is {}; expected batch, channels and spatial dimensions", x);
  require(!levels.empty(), "spatial_pyramid_pool: levels is empty, expected at least one");
  for (std::size_t d = 2; d < x.shape.size(); ++d)
    require(x.shape[d] > 0, "spatial_pyramid_pool: dimension {} of {} is empty, so there is nothing to pool", d, x);
  Dim width = 0;
  for (const i64 level : levels) {
    require(level >= 1, "spatial_pyramid_pool: levels {} has the number {}, expected at least 1", levels, level);
    Shape part{x.shape[1]};
    for (std::size_t d = 2; d < x.shape.size(); ++d) part.push_back(level);
    width += symbolic_count(part);
  }
  check_shape({x.shape[0], width});
  return {Type{x.dtype, {x.shape[0], width}}};
}

Values SpatialPyramidPool::expand(Builder& b, std::span<const Value> in) const {
  std::vector<Built> parts;
  for (const i64 level : levels) {
    const Ints extents(in[0].shape().size() - 2, level);
    const OpRef pool =
        mode == "max" ? make_op(AdaptiveMaxPool{extents, "nchw"}) : make_op(AdaptiveAveragePool{extents, "nchw"});
    parts.push_back(flatten(Built{&b, b.apply1(pool, {in[0]})}, 1));
  }
  return {concatenate(std::span<const Built>(parts), 1).value};
}

std::vector<Case<SpatialPyramidPool>> SpatialPyramidPool::samples() {
  return {{{}, {{{DType::F32, {2, 2, 4, 5}}}}},           {{{2, 3}, "average"}, {{{DType::F64, {1, 3, 3, 4}}}}},
          {{{2, 1}, "max"}, {{{DType::F32, {2, 2, 5}}}}}, {{{2}, "average"}, {{{DType::BF16, {1, 2, 3, 3}}}}},
          {{{2}, "max"}, {{{DType::F16, {1, 2, 3, 3}}}}}, {{{1, 2}, "max"}, {{{DType::F32, {0, 2, 3, 3}}}}}};
}

}  // namespace tenon
