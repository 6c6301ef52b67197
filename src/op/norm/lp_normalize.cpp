#include "op/norm/lp_normalize.h"

#include "op/math/functions.h"
#include "op/norm/normalization.h"
#include "op/reduce/functions.h"

namespace tenon {

Types LpNormalize::infer(Operands in) const {
  require_operands(name, in, 1);
  require_float(name, in[0].type);
  require_axis(name, in[0].type, axis);
  require(p == 1 || p == 2, "lp_normalize: p is {}, expected 1 or 2", p);
  require_epsilon(name, epsilon);
  return {in[0].type};
}

Values LpNormalize::expand(Builder& b, std::span<const Value> in) const {
  const Built x = widened(b, in[0]), norm = p == 1 ? norm_l1(x, {axis}, true) : norm_l2(x, {axis}, true);
  return {cast(x / maximum(norm, epsilon), in[0].dtype()).value};
}

std::vector<Case<LpNormalize>> LpNormalize::samples() {
  return {{{}, {{{DType::F32, {3, 5}}}}},
          {{.axis = 0, .p = 1}, {{{DType::F32, {3, 5}}}}},
          {{.axis = 1}, {{{DType::F64, {2, 3, 1, 4}}}}},
          {{.axis = -2, .p = 1, .epsilon = 0.5}, {{{DType::F32, {7, 2}}, 0.5, 2}}},
          {{.epsilon = 4}, {{{DType::F32, {2, 2}}, -1, 1}}},
          {{}, {{{DType::F32, {0, 3}}}}},
          {{}, {{{DType::F32, {3, 0}}}}},
          {{}, {{{DType::F16, {2, 3}}}}},
          {{}, {{{DType::BF16, {2, 3}}}}}};
}

}  // namespace tenon
