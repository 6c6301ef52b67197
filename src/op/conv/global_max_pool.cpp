#include "op/conv/global_max_pool.h"

#include "op/math/elementwise.h"
#include "op/reduce/functions.h"

namespace tenon {

Types GlobalMaxPool::infer(Operands in) const {
  require_operands(name, in, 1);
  require_accepted(name, Accepts::Numbers, in[0].type.dtype);
  return {Type{in[0].type.dtype, globally_pooled(name, in[0].type, layout)}};
}

Values GlobalMaxPool::expand(Builder& b, std::span<const Value> in) const {
  return {max(Built{&b, in[0]}, spatial_axes(name, in[0].type(), layout), true).value};
}

std::vector<Case<GlobalMaxPool>> GlobalMaxPool::samples() {
  return {{{}, {{{DType::F32, {2, 3, 4, 5}}}}},
          {{}, {{{DType::F64, {2, 3, 7}}}}},
          {{}, {{{DType::F16, {1, 2, 3, 2, 3}}}}},
          {{"nhwc"}, {{{DType::F32, {2, 3, 4, 3}}}}},
          {{}, {{{DType::I32, {2, 1, 3, 3}}, -5, 5, false}}},
          {{}, {{{DType::F32, {0, 2, 3, 3}}}}}};
}

}  // namespace tenon
