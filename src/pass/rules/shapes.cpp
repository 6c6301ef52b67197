// Reshaping, transposing and broadcasting: chains become one, and what cancels goes, also across element-wise
// operators.
#include "pass/rules/themes.h"

namespace tenon {

namespace {

/// Applying `inner` and then `outer` in one.
Ints composed(const Ints& outer, const Ints& inner) {
  Ints r;
  for (i64 d : outer) r.push_back(inner[at(d)]);
  return r;
}

bool is_identity(const Ints& permutation) {
  for (std::size_t d = 0; d < permutation.size(); ++d)
    if (permutation[d] != static_cast<i64>(d)) return false;
  return true;
}

/// Moves only dimensions of extent 1, so that the row-major order stays.
bool keeps_order(const Ints& permutation, const Shape& shape) {
  i64 last = -1;
  for (i64 d : permutation) {
    if (shape[at(d)] == 1) continue;
    if (d < last) return false;
    last = d;
  }
  return true;
}

Value transposed(const Value& x, const Ints& permutation) {
  return detail::apply_to<Value>(Transpose{permutation}, {x});
}
Value reshaped(const Value& x, const Shape& shape) { return detail::apply_to<Value>(Reshape{shape}, {x}); }
Value broadcast_of(const Value& x, const Shape& shape) { return detail::apply_to<Value>(Broadcast{shape}, {x}); }

/// x with dimensions of extent 1 in front, to this rank.
Value of_rank(const Value& x, i64 rank) {
  if (x.rank() == rank) return x;
  Shape shape(at(rank - x.rank()), Dim(1));
  for (Dim d : x.shape()) shape.push_back(d);
  return reshaped(x, shape);
}

void add_chains(Theme& rules) {
  Var x;
  OpVar<Transpose> t, u;
  OpVar<Reshape> r, s;
  OpVar<Broadcast> b, w;
  const auto same_type = [=](M m) { return m[x].type() == m.root().type(); };
  const auto permutation = [=](M m) { return m[t].full_permutation(m.root().rank()); };
  rules.exact("transpose(x) by the identity = x", t(x), [=](M m) { return is_identity(permutation(m)); }, x);
  rules.exact("transpose(transpose(x)) = transpose(x)", t(u(x)),
              [=](M m, B&) { return transposed(m[x], composed(permutation(m), m[u].full_permutation(m[x].rank()))); });
  rules.exact(
      "transpose(x) of dimensions of extent 1 = reshape(x)", t(x),
      [=](M m) { return keeps_order(permutation(m), m[x].shape()); },
      [=](M m, B&) { return reshaped(m[x], m.root().shape()); });
  rules.exact("reshape(x) to its own shape = x", r(x), same_type, x);
  rules.exact("reshape(reshape(x)) = reshape(x)", r(s(x)), [=](M m, B&) { return reshaped(m[x], m.root().shape()); });
  rules.exact("broadcast(x) to its own shape = x", b(x), same_type, x);
  rules.exact("broadcast(broadcast(x)) = broadcast(x)", b(w(x)),
              [=](M m, B&) { return broadcast_of(m[x], m.root().shape()); });
  rules.exact(
      "transpose(broadcast(x)) = broadcast(transpose(x))", t(b(x)), [=](M m) { return m[x].rank() > 0; },
      [=](M m, B&) {
        const Value x_full = of_rank(m[x], m.root().rank());
        return broadcast_of(transposed(x_full, permutation(m)), m.root().shape());
      });
  rules.exact(
      "reshape(broadcast(x)) of one number = broadcast(x)", r(b(x)),
      [=](M m) { return is_concrete(m[x].shape()) && element_count(m[x].shape()) == 1; },
      [=](M m, B&) { return broadcast_of(reshaped(m[x], {}), m.root().shape()); });
}

/// Of a value whose elements are all one number, only the shape changes.
template <class Op>
void add_uniform(Theme& rules) {
  Var c;
  OpVar<Op> op;
  rules.exact(
      fmt::format("{}(number) = number", Op::name), op(Pattern::uniform(c)),
      [=](M m) {
        return m[c].dtype() != DType::Str &&
               (is_float(m[c]) || Number(double_of(m[c])).rounded_to(m[c].dtype()) == number_of(m[c]));
      },
      [=](M m, B& b) { return b.apply1(make_op(Full{double_of(m[c]), m.root().dtype(), m.root().shape()}), {}); });
}

/// f stands for any element-wise operator.
void add_across_elementwise(Theme& rules) {
  Var x, y, f, c;
  OpVar<Transpose> t, u, v;
  OpVar<Reshape> r, s, q;
  OpVar<Broadcast> b, w;
  const auto of_f = [=](const Pattern& operand) { return Pattern::elementwise(f, {operand}); };
  const auto permutation = [](M m, OpVar<Transpose> p) { return m[p].full_permutation(m.value(p).rank()); };
  rules.exact("transpose(f(transpose(x))) = transpose(f(x))", t(of_f(u(x))), [=](M m, B&) {
    return transposed(reapplied(m[f], {m[x]}), composed(permutation(m, t), permutation(m, u)));
  });
  rules.exact("reshape(f(reshape(x))) = reshape(f(x))", r(of_f(s(x))),
              [=](M m, B&) { return reshaped(reapplied(m[f], {m[x]}), m.root().shape()); });
  rules.exact("f(broadcast(x)) = broadcast(f(x))", of_f(b(x)),
              [=](M m, B&) { return broadcast_of(reapplied(m[f], {m[x]}), m.root().shape()); });
  rules.exact(
      "transpose(f(transpose(x), transpose(y))) = transpose(f(x, y))", t(Pattern::elementwise(f, {u(x), v(y)})),
      [=](M m) { return m[x].rank() == m[y].rank() && permutation(m, u) == permutation(m, v); },
      [=](M m, B&) {
        return transposed(reapplied(m[f], {m[x], m[y]}), composed(permutation(m, t), permutation(m, u)));
      });
  rules.exact(
      "reshape(f(reshape(x), reshape(y))) = reshape(f(x, y))", r(Pattern::elementwise(f, {s(x), q(y)})),
      [=](M m) { return m[x].shape() == m[y].shape() && m.value(s).shape() == m.value(q).shape(); },
      [=](M m, B&) { return reshaped(reapplied(m[f], {m[x], m[y]}), m.root().shape()); });
  rules.exact(
      "f(transpose(x), transpose(y)) = transpose(f(x, y))", Pattern::elementwise(f, {u(x), v(y)}),
      [=](M m) { return m[x].shape() == m[y].shape() && permutation(m, u) == permutation(m, v); },
      [=](M m, B&) { return transposed(reapplied(m[f], {m[x], m[y]}), permutation(m, u)); });
  for (const bool left : {true, false}) {
    const char* operands = left ? "x, c" : "c, x";
    const Pattern number = Pattern::uniform(c);
    const auto plain = [=](M m) { return m[c].rank() == 0; };
    const auto applied = [=](M m) { return left ? reapplied(m[f], {m[x], m[c]}) : reapplied(m[f], {m[c], m[x]}); };
    const auto with = [=](const Pattern& inside) {
      return left ? Pattern::elementwise(f, {inside, number}) : Pattern::elementwise(f, {number, inside});
    };
    rules.exact(fmt::format("transpose(f({})) of a transposed x and a number = transpose(f({}))", operands, operands),
                t(with(u(x))), plain,
                [=](M m, B&) { return transposed(applied(m), composed(permutation(m, t), permutation(m, u))); });
    rules.exact(fmt::format("reshape(f({})) of a reshaped x and a number = reshape(f({}))", operands, operands),
                r(with(s(x))), plain, [=](M m, B&) { return reshaped(applied(m), m.root().shape()); });
    rules.exact(
        left ? "f(broadcast(x), y) = f(x, y)" : "f(y, broadcast(x)) = f(y, x)",
        left ? Pattern::elementwise(f, {b(x), y}) : Pattern::elementwise(f, {y, b(x)}),
        [=](M m) { return shaped_by(m, {x, y}); },
        [=](M m, B&) { return left ? reapplied(m[f], {m[x], m[y]}) : reapplied(m[f], {m[y], m[x]}); });
  }
  rules.exact(
      "f(broadcast(x), broadcast(y)) = broadcast(f(x, y)) of equal shapes", Pattern::elementwise(f, {b(x), w(y)}),
      [=](M m) { return m[x].shape() == m[y].shape(); },
      [=](M m, B&) { return broadcast_of(reapplied(m[f], {m[x], m[y]}), m.root().shape()); });
}

}  // namespace

std::vector<AlgebraRule> shape_rules() {
  Theme rules("shapes");
  add_uniform<Reshape>(rules);
  add_uniform<Transpose>(rules);
  add_uniform<Broadcast>(rules);
  add_uniform<Slice>(rules);
  add_uniform<Flip>(rules);
  add_uniform<Tile>(rules);
  add_chains(rules);
  add_across_elementwise(rules);
  return rules.take();
}

}  // namespace tenon
