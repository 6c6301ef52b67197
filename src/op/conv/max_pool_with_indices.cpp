#include "op/conv/max_pool_with_indices.h"

#include "op/conv/max_pool.h"
#include "op/formula.h"

namespace tenon {

Types MaxPoolWithIndices::infer(Operands in) const {
  require_operands(name, in, 1);
  require_accepted(name, Accepts::Numbers, in[0].type.dtype);
  const Shape shape = pooled_shape(name, in[0].type, *this);
  return {Type{in[0].type.dtype, shape}, Type{DType::I64, shape}};
}

namespace {

// The position among the offsets of a window becomes one among the elements. Where all elements equal the padding, the
// first offset is found, which may lie before the first element: then the window's first element is meant.
expr::Expr indices_of_maxima(const Type& x, const PoolFields& fields) {
  const Pooling pool = pooling_of(MaxPoolWithIndices::name, x, fields);
  const Windows& w = pool.windows;
  const expr::Scalar chosen = expr::argmax(pool.r, expr::Input(0, x).outside(-expr::kInfinity)(pool.at));
  expr::Scalar index = expr::value(expr::Affine(0));
  for (std::size_t d = 0; d < w.rank(); ++d) {
    expr::Scalar offset = chosen;
    for (std::size_t e = d + 1; e < w.rank(); ++e) offset = offset / static_cast<double>(w.size[e]);
    if (d > 0) offset = expr::mod(offset, static_cast<double>(w.size[d]));
    const auto step = static_cast<double>(w.dilation[d]);
    const expr::Scalar at = expr::value(pool.p[d] * w.stride[d] - w.begin[d]) + offset * step;
    index = index * expr::value(expr::Affine(pool.spatial[d])) + expr::max(at, expr::mod(at, step));
  }
  return expr::compute({x}, pool.out, index);
}

}  // namespace

Values MaxPoolWithIndices::expand(Builder& b, std::span<const Value> in) const {
  return {b.apply1(make_op(MaxPool{*this}), {in[0]}),
          b.apply1(make_op(Formula{indices_of_maxima(in[0].type(), *this), "max_pool indices"}), {in[0]})};
}

std::vector<Case<MaxPoolWithIndices>> MaxPoolWithIndices::samples() {
  std::vector<Case<MaxPoolWithIndices>> list;
  for (const PoolCase& c : pool_cases({DType::F32, DType::F64, DType::F16, DType::BF16, DType::I32, DType::I8}))
    list.push_back({{c.fields}, {sample_input(c.x, {})}});
  return list;
}

}  // namespace tenon
