#include "op/conv/unfold.h"

#include "op/formula.h"
#include "op/math/elementwise.h"
#include "op/shape/reshape.h"

namespace tenon {

Types Unfold::infer(Operands in) const {
  require_operands(name, in, 1);
  const Type& x = in[0].type;
  const Windows w = windows();
  require(x.shape.size() == w.rank() + 2, "unfold: x is {}, expected batch, channels and {} spatial dimensions", x,
          w.rank());
  const Shape positions = window_positions(name, extents_from(x.shape, 2, w.rank()), w);
  Shape rows{x.shape[1]};
  for (const i64 n : w.size) rows.push_back(n);
  const Type out{x.dtype, {x.shape[0], symbolic_count(rows), symbolic_count(positions)}};
  check_shape(out.shape);
  return {out};
}

// y[n, c, r…, p…] with the offsets and the positions apart, which the reshape joins.
Values Unfold::expand(Builder& b, std::span<const Value> in) const {
  const Type& x = in[0].type();
  const Windows w = windows();
  const expr::Index n("n", x.shape[0]), c("c", x.shape[1]);
  const auto r = expr::indices(w.size, "r");
  const auto p = expr::indices(window_positions(name, extents_from(x.shape, 2, w.rank()), w), "p");
  std::vector<expr::Index> out{n, c};
  out.insert(out.end(), r.begin(), r.end());
  out.insert(out.end(), p.begin(), p.end());
  std::vector<expr::At> at{n, c};
  for (std::size_t d = 0; d < w.rank(); ++d) at.emplace_back(w.element(d, p[d], r[d]));
  expr::Expr e = expr::compute({x}, expr::dims(out), expr::Input(0, x).outside(0)(at));
  const Value apart = b.apply1(make_op(Formula{std::move(e), std::string(name)}), {in[0]});
  const Operand operand[1] = {{x}};
  return {b.apply1(make_op(Reshape{infer(operand)[0].shape}), {apart})};
}

std::vector<Case<Unfold>> Unfold::samples() {
  auto in = [](DType t, const Shape& s) { return std::vector<SampleInput>{sample_input({t, s}, {})}; };
  return {{{{2, 3}, {}, {}, {}, {}}, in(DType::F32, {2, 3, 4, 5})},
          {{{3, 2}, {2, 1}, {1, 2}, {1, 0}, {0, 2}}, in(DType::F32, {1, 2, 5, 4})},
          {{{3}, {2}, {}, {1}, {1}}, in(DType::F64, {2, 2, 7})},
          {{{2, 1, 2}, {}, {}, {}, {}}, in(DType::F32, {1, 2, 2, 3, 3})},
          {{{2, 2}, {}, {}, {-1, 0}, {0, 0}}, in(DType::F64, {1, 2, 4, 3})},
          {{{2, 2}, {}, {}, {}, {}}, in(DType::F32, {0, 2, 3, 3})},
          {{{2, 2}, {2, 2}, {}, {}, {}}, in(DType::F16, {1, 2, 4, 4})},
          {{{2, 2}, {}, {}, {1, 1}, {1, 1}}, in(DType::BF16, {1, 1, 3, 3})},
          {{{2, 2}, {}, {}, {1, 1}, {1, 1}}, in(DType::I32, {1, 1, 3, 3})}};
}

}  // namespace tenon
