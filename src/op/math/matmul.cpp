#include "op/math/matmul.h"

#include "op/math/elementwise.h"

namespace tenon {

namespace {

Shape batch_of(const Shape& s) { return s.size() > 2 ? Shape(s.begin(), s.end() - 2) : Shape(); }

}  // namespace

Types Matmul::infer(Operands in) const {
  require_operands(name, in, 2);
  const DType t = require_same_dtype(name, in);
  require_accepted(name, Accepts::Numbers, t);
  const Type &a = in[0].type, &b = in[1].type;
  require(a.rank() > 0 && b.rank() > 0, "matmul: {} and {}: a scalar has no rows and columns; multiply with mul", a, b);
  const Dim k = a.shape.back(), rows = b.rank() == 1 ? b.shape[0] : b.shape[b.shape.size() - 2];
  require(k == rows, "matmul: {} and {}: the last dimension of a is {}, {} of b is {}; they must agree", a, b, k,
          b.rank() == 1 ? "the dimension" : "the last dimension but one", rows);
  const Operand batches[2] = {{Type{t, batch_of(a.shape)}}, {Type{t, batch_of(b.shape)}}};
  Shape out = broadcast_operands(name, batches);
  if (a.rank() > 1) out.push_back(a.shape[a.shape.size() - 2]);
  if (b.rank() > 1) out.push_back(b.shape.back());
  return {Type{t, out}};
}

expr::Expr Matmul::define(std::span<const Type> in) const {
  const expr::Input a(0, in[0]), b(1, in[1]);
  auto out = expr::indices(broadcast_shapes(batch_of(in[0].shape), batch_of(in[1].shape)), "b");
  auto at_a = broadcast_at(batch_of(in[0].shape), out), at_b = broadcast_at(batch_of(in[1].shape), out);
  if (a.rank() > 1) {
    out.emplace_back("i", a.dim(-2));
    at_a.emplace_back(out.back());
  }
  const expr::Index k("k", a.dim(-1));
  at_a.emplace_back(k);
  at_b.emplace_back(k);
  if (b.rank() > 1) {
    out.emplace_back("j", b.dim(-1));
    at_b.emplace_back(out.back());
  }
  const DType t = in[0].dtype, wide = accumulate_type(t);
  return expr::compute({in[0], in[1]}, expr::dims(out),
                       expr::cast(t, expr::sum({k}, expr::cast(wide, a(at_a)) * expr::cast(wide, b(at_b)))));
}

std::vector<Case<Matmul>> Matmul::samples() {
  std::vector<std::vector<SampleInput>> inputs;
  auto add = [&](DType t, const Shape& a, const Shape& b) {
    inputs.push_back({sample_input({t, a}, {}), sample_input({t, b}, {})});
  };
  add(DType::F32, {3, 5}, {5, 4});
  add(DType::F32, {1, 1}, {1, 1});
  add(DType::F32, {17, 33}, {33, 19});
  add(DType::F32, {5}, {5});
  add(DType::F32, {3, 5}, {5});
  add(DType::F32, {5}, {5, 4});
  add(DType::F32, {2, 3, 5}, {2, 5, 4});
  add(DType::F32, {2, 1, 3, 2}, {3, 2, 4});
  add(DType::F32, {2, 3, 5}, {5});
  add(DType::F32, {5}, {2, 5, 3});
  add(DType::F32, {0, 5}, {5, 4});
  add(DType::F32, {3, 0}, {0, 4});
  for (DType t : kAllDTypes)
    if (t != DType::F32 && t != DType::Bool) add(t, {3, 7}, {7, 5});
  return cases_of(Matmul{}, inputs);
}

}  // namespace tenon
