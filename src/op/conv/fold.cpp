#include "op/conv/fold.h"

#include "op/formula.h"
#include "op/math/elementwise.h"
#include "op/shape/reshape.h"

namespace tenon {

Shape Fold::apart(const Type& x) const {
  const Windows w = windows();
  require(x.rank() == 3, "fold: x is {}, expected batch, rows and columns", x);
  require(extents.size() == w.rank(), "fold: extents {} has {} numbers and the windows {}; expected as many", extents,
          extents.size(), w.rank());
  for (const i64 n : extents) require(n >= 0, "fold: extents {} has the number {}, expected at least 0", extents, n);
  const Shape positions = window_positions(name, extents, w);
  const Dim elements = symbolic_count(w.size), columns = symbolic_count(positions);
  const auto channels = exact_quotient(x.shape[1], elements);
  require(channels.has_value(), "fold: x is {} with {} rows, which the {} elements of a window do not divide", x,
          x.shape[1], elements);
  require(x.shape[2] == columns, "fold: x is {} with {} columns, but there are {} positions, {}", x, x.shape[2],
          columns, positions);
  Shape shape{x.shape[0], *channels};
  for (const i64 n : w.size) shape.push_back(n);
  for (const Dim n : positions) shape.push_back(n);
  return shape;
}

Types Fold::infer(Operands in) const {
  require_operands(name, in, 1);
  const Type& x = in[0].type;
  require_accepted(name, Accepts::Numbers, x.dtype);
  const Shape from = apart(x);
  Type out{x.dtype, {from[0], from[1]}};
  for (const i64 n : extents) out.shape.push_back(n);
  check_shape(out.shape);
  return {out};
}

Values Fold::expand(Builder& b, std::span<const Value> in) const {
  const Value x = b.apply1(make_op(Reshape{apart(in[0].type())}), {in[0]});
  const Windows w = windows();
  const expr::Index n("n", x.shape()[0]), c("c", x.shape()[1]);
  const auto t = expr::indices(extents, "t"), r = expr::indices(w.size, "r");
  std::vector<expr::Index> out{n, c};
  out.insert(out.end(), t.begin(), t.end());
  std::vector<expr::At> at{n, c};
  at.insert(at.end(), r.begin(), r.end());
  for (std::size_t d = 0; d < w.rank(); ++d) at.emplace_back(w.position(d, t[d], r[d]));
  const DType type = x.dtype(), wide = accumulate_type(type);
  const auto sum = expr::sum(r, expr::cast(wide, expr::Input(0, x.type()).outside(0)(at)));
  expr::Expr e = expr::compute({x.type()}, expr::dims(out), expr::cast(type, sum));
  return {b.apply1(make_op(Formula{std::move(e), std::string(name)}), {x})};
}

std::vector<Case<Fold>> Fold::samples() {
  auto in = [](DType t, const Shape& s) { return std::vector<SampleInput>{sample_input({t, s}, {})}; };
  return {{{{3, 4}, {2, 3}, {}, {}, {}, {}}, in(DType::F32, {2, 12, 4})},
          {{{5, 4}, {3, 2}, {2, 1}, {1, 2}, {1, 0}, {0, 2}}, in(DType::F32, {1, 12, 8})},
          {{{7}, {3}, {2}, {}, {1}, {1}}, in(DType::F64, {2, 6, 4})},
          {{{2, 3, 3}, {2, 1, 2}, {}, {}, {}, {}}, in(DType::F32, {1, 8, 6})},
          {{{3, 3}, {2, 2}, {}, {}, {}, {}}, in(DType::F32, {0, 8, 4})},
          {{{4, 4}, {2, 2}, {2, 2}, {}, {}, {}}, in(DType::F16, {1, 8, 4})},
          {{{3, 3}, {2, 2}, {}, {}, {1, 1}, {1, 1}}, in(DType::BF16, {1, 4, 16})},
          {{{3, 3}, {2, 2}, {}, {}, {1, 1}, {1, 1}}, in(DType::I32, {1, 4, 16})}};
}

}  // namespace tenon
