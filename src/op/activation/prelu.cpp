#include "op/activation/prelu.h"

namespace tenon {

namespace {
bool is_single(const Type& slope) { return slope.rank() == 0 || slope.shape == Shape{1}; }
}  // namespace

Types Prelu::infer(Operands in) const {
  require_operands(name, in, 2);
  require_float(name, in[0].type);
  require_same_dtype(name, in);
  const Type &x = in[0].type, &slope = in[1].type;
  if (is_single(slope)) return {x};
  const Dim channels = x.shape[static_cast<std::size_t>(require_axis(name, x, axis))];
  require(slope.shape == Shape{channels}, "prelu: the slope is {}, expected one element or [{}] for axis {} of {}",
          slope, channels, axis, x);
  return {x};
}

expr::Expr Prelu::define(std::span<const Type> in) const {
  const auto i = expr::indices(in[0].shape);
  const expr::Scalar x = expr::Input(0, in[0])(expr::ats(i));
  std::vector<expr::At> at;
  if (is_single(in[1]))
    at.assign(in[1].shape.size(), expr::At(0));
  else
    at.emplace_back(i[static_cast<std::size_t>(normal_axis(axis, in[0].rank()))]);
  return expr::compute({in[0], in[1]}, expr::dims(i), expr::where(x > 0, x, expr::Input(1, in[1])(at) * x));
}

std::vector<Case<Prelu>> Prelu::samples() {
  std::vector<Case<Prelu>> list;
  const auto add = [&](i64 axis, DType t, const Shape& x, const Shape& slope) {
    list.push_back({{axis}, {{{t, x}}, {{t, slope}}}});
  };
  add(1, DType::F32, {3, 5}, {5});
  add(0, DType::F64, {3, 5}, {3});
  add(-3, DType::F32, {2, 3, 1, 4}, {3});
  add(1, DType::F32, {7}, {1});
  add(1, DType::F32, {}, {});
  add(1, DType::F32, {0, 3}, {3});
  add(1, DType::F16, {2, 3}, {3});
  add(1, DType::BF16, {2, 3}, {});
  return list;
}

}  // namespace tenon
