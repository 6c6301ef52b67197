#include "op/norm/mean_variance_normalize.h"

#include "op/math/functions.h"
#include "op/norm/normalization.h"
#include "op/reduce/functions.h"

namespace tenon {

Types MeanVarianceNormalize::infer(Operands in) const {
  require_operands(name, in, 1);
  require_float(name, in[0].type);
  reduced_axes(name, axes, in[0].type.rank());
  require_epsilon(name, epsilon);
  return {in[0].type};
}

Values MeanVarianceNormalize::expand(Builder& b, std::span<const Value> in) const {
  const Built x = widened(b, in[0]);
  const Built y = (x - mean(x, axes, true)) / (standard_deviation(x, axes, true) + epsilon);
  return {cast(y, in[0].dtype()).value};
}

std::vector<Case<MeanVarianceNormalize>> MeanVarianceNormalize::samples() {
  return {{{}, {{{DType::F32, {2, 3, 2, 2}}}}},
          {{.axes = {1}}, {{{DType::F32, {3, 5}}}}},
          {{.axes = {}, .epsilon = 0.1}, {{{DType::F64, {3, 5}}}}},
          {{.axes = {-1, 0}}, {{{DType::F32, {2, 3, 4}}}}},
          {{.axes = {1}}, {{{DType::F32, {0, 3}}}}},
          {{.axes = {0}}, {{{DType::F16, {4, 2}}}}},
          {{.axes = {0}}, {{{DType::BF16, {4, 2}}}}}};
}

}  // namespace tenon
