#include "op/conv/global_average_pool.h"

#include "op/reduce/functions.h"

namespace tenon {

Types GlobalAveragePool::infer(Operands in) const {
  require_operands(name, in, 1);
  require_float(name, in[0].type);
  return {Type{in[0].type.dtype, globally_pooled(name, in[0].type, layout)}};
}

Values GlobalAveragePool::expand(Builder& b, std::span<const Value> in) const {
  return {mean(Built{&b, in[0]}, spatial_axes(name, in[0].type(), layout), true).value};
}

std::vector<Case<GlobalAveragePool>> GlobalAveragePool::samples() {
  return {{{}, {{{DType::F32, {2, 3, 4, 5}}}}},    {{}, {{{DType::F64, {2, 3, 7}}}}},
          {{}, {{{DType::F16, {1, 2, 3, 2, 3}}}}}, {{"nhwc"}, {{{DType::F32, {2, 3, 4, 3}}}}},
          {{}, {{{DType::BF16, {2, 1, 3, 3}}}}},   {{}, {{{DType::F32, {0, 2, 3, 3}}}}}};
}

}  // namespace tenon
