#include "op/conv/adaptive_max_pool.h"

#include "op/conv/max_pool.h"

namespace tenon {

Types AdaptiveMaxPool::infer(Operands in) const {
  require_operands(name, in, 1);
  require_accepted(name, Accepts::Numbers, in[0].type.dtype);
  return {Type{in[0].type.dtype, adaptively_pooled(name, in[0].type, extents, layout)}};
}

namespace {

expr::Expr maximum_of_axis(const Type& x, std::size_t axis, Dim extent) {
  std::vector<expr::Index> out = expr::indices(x.shape);
  std::vector<expr::At> at = expr::ats(out);
  const expr::Index h = out[axis], o("o", extent);
  out[axis] = o;
  return expr::compute({x}, expr::dims(out),
                       expr::max({h}, expr::where(in_window(o, h), expr::Input(0, x)(at), lowest(x.dtype))));
}

}  // namespace

Values AdaptiveMaxPool::expand(Builder& b, std::span<const Value> in) const {
  const Shape target = adaptively_pooled(name, in[0].type(), extents, layout);
  const auto even = [](const PoolFields& f) { return make_op(MaxPool{f}); };
  return {pool_adaptively(b, in[0], target, name, even, maximum_of_axis)};
}

std::vector<Case<AdaptiveMaxPool>> AdaptiveMaxPool::samples() {
  std::vector<Case<AdaptiveMaxPool>> list;
  for (const AdaptiveCase& c : adaptive_cases({DType::F32, DType::F64, DType::F16, DType::BF16, DType::I32, DType::U8}))
    list.push_back({{c.extents, c.layout}, {sample_input(c.x, {})}});
  return list;
}

}  // namespace tenon
