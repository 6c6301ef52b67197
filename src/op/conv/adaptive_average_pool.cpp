#include "op/conv/adaptive_average_pool.h"

#include "op/conv/average_pool.h"
#include "op/math/functions.h"

namespace tenon {

Types AdaptiveAveragePool::infer(Operands in) const {
  require_operands(name, in, 1);
  require_float(name, in[0].type);
  return {Type{in[0].type.dtype, adaptively_pooled(name, in[0].type, extents, layout)}};
}

namespace {

expr::Expr average_of_axis(const Type& x, std::size_t axis, Dim extent) {
  std::vector<expr::Index> out = expr::indices(x.shape);
  std::vector<expr::At> at = expr::ats(out);
  const expr::Index h = out[axis], o("o", extent);
  out[axis] = o;
  const auto windows = static_cast<double>(extent);
  const expr::Scalar first = expr::value(o * h.extent()) / windows,
                     last = expr::value(o * h.extent() + h.extent() + extent - 1) / windows;
  const expr::Scalar sum = expr::sum({h}, expr::where(in_window(o, h), expr::Input(0, x)(at), 0));
  return expr::compute({x}, expr::dims(out), sum / expr::cast(x.dtype, last - first));
}

}  // namespace

// Each window is a box, so the mean of the means of its rows is its mean.
Values AdaptiveAveragePool::expand(Builder& b, std::span<const Value> in) const {
  const DType t = in[0].dtype();
  const Shape target = adaptively_pooled(name, in[0].type(), extents, layout);
  const Built x = cast(Built{&b, in[0]}, accumulate_type(t));
  const auto even = [](const PoolFields& f) { return make_op(AveragePool{f}); };
  const Value y = pool_adaptively(b, x.value, target, name, even, average_of_axis);
  return {cast(Built{&b, y}, t).value};
}

std::vector<Case<AdaptiveAveragePool>> AdaptiveAveragePool::samples() {
  std::vector<Case<AdaptiveAveragePool>> list;
  for (const AdaptiveCase& c : adaptive_cases({DType::F32, DType::F64, DType::F16, DType::BF16}))
    list.push_back({{c.extents, c.layout}, {{c.x}}});
  return list;
}

}  // namespace tenon
