#include "op/nn/attention.h"

#include <cmath>
#include <limits>

#include "op/functions.h"
#include "op/norm/normalization.h"

namespace tenon {
namespace {

/// All but the last `count` extents.
Shape leading(const Type& t, std::size_t count) { return Shape(t.shape.begin(), t.shape.end() - count); }
Dim from_end(const Type& t, std::size_t back) { return t.shape[t.shape.size() - back]; }

void require_heads(const Type& q, const Type& k) {
  if (q.rank() == 2) return;
  const Dim heads = from_end(q, 3), groups = from_end(k, 3);
  require(leading(q, 3) == leading(k, 3), "attention: q is {} and k {}; the dimensions before the heads must be equal",
          q, k);
  if (heads == groups) return;
  require(heads.is_constant() && groups.is_constant() && groups.value() > 0 && heads.value() % groups.value() == 0,
          "attention: the {} heads of k do not divide the {} heads of q", groups, heads);
}

Shape scores_shape(const Type& q, const Type& k) {
  Shape s = leading(q, 1);
  s.push_back(from_end(k, 2));
  return s;
}

/// Heads [..., h, a, b] as [..., groups, h / groups, a, b].
Built grouped(const Built& x, Dim groups) {
  const Dim heads = from_end(x.type(), 3);
  Shape s = leading(x.type(), 3);
  s.push_back(groups);
  s.push_back(heads == groups ? Dim(1) : Dim(heads.value() / groups.value()));
  s.push_back(from_end(x.type(), 2));
  s.push_back(from_end(x.type(), 1));
  return reshape(x, s);
}

/// a b for each head of a, of which several may share one of b.
Built product_of_heads(const Built& a, const Built& b) {
  if (a.rank() == 2 || from_end(a.type(), 3) == from_end(b.type(), 3)) return matmul(a, b);
  Shape s = leading(a.type(), 1);
  s.push_back(from_end(b.type(), 1));
  const Dim groups = from_end(b.type(), 3);
  return reshape(matmul(grouped(a, groups), grouped(b, groups)), s);
}

Built last_two_swapped(const Built& x) {
  Ints order;
  for (i64 a = 0; a < x.rank(); ++a) order.push_back(a);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return transpose(x, order);
}

}  // namespace

Types Attention::infer(Operands in) const {
  require(in.size() == 3 || in.size() == 4, "attention: {} operands given; expected q, k, v and, optionally, a mask",
          in.size());
  const Type &q = in[0].type, &k = in[1].type, &v = in[2].type;
  require_float(name, q);
  require_same_dtype(name, in);
  require(q.rank() >= 2 && k.rank() == q.rank() && v.rank() == q.rank(),
          "attention: q is {}, k {} and v {}; expected [..., heads, positions, features] of one rank", q, k, v);
  require(from_end(q, 1) == from_end(k, 1), "attention: q is {} and k {}; their last dimensions must be equal", q, k);
  require(leading(k, 1) == leading(v, 1), "attention: k is {} and v {}; all but the last dimension must be equal", k,
          v);
  require_heads(q, k);
  require(std::isfinite(scale), "attention: the scale is {}, expected a finite number (0: 1 / sqrt(d))", scale);
  require(scale != 0 || from_end(q, 1).is_constant(),
          "attention: 1 / sqrt({}) is unknown while compiling; give the attribute scale", from_end(q, 1));
  const Shape scores = scores_shape(q, k);
  if (in.size() == 4)
    require(broadcast_operands(name, std::vector<Operand>{in[3], {Type{q.dtype, scores}}}) == scores,
            "attention: the mask is {}, which does not broadcast to the scores {}", in[3].type, scores);
  Type y = q;
  y.shape.back() = v.shape.back();
  check_shape(scores);
  check_shape(y.shape);
  return {y};
}

Values Attention::expand(Builder& b, std::span<const Value> in) const {
  const Built q = widened(b, in[0]), k = widened(b, in[1]), v = widened(b, in[2]);
  const double d = scale != 0 ? 1 : static_cast<double>(from_end(q.type(), 1).value());
  const double factor = scale != 0 ? scale : d > 0 ? 1 / std::sqrt(d) : 1;
  Built scores = product_of_heads(q * factor, last_two_swapped(k));
  if (in.size() == 4) scores = scores + widened(b, in[3]);
  if (causal) {
    const Shape plane{from_end(q.type(), 2), from_end(k.type(), 2)};
    const Built query{&b, b.apply1(make_op(Iota{DType::I64, plane, 0}), {})};
    const Built key{&b, b.apply1(make_op(Iota{DType::I64, plane, 1}), {})};
    scores = where(key <= query, scores, lift(-std::numeric_limits<double>::infinity(), scores));
  }
  return {cast(product_of_heads(softmax(scores, -1), v), in[0].dtype()).value};
}

std::vector<Case<Attention>> Attention::samples() {
  std::vector<Case<Attention>> list;
  const auto add = [&](const Attention& op, DType t, std::initializer_list<Shape> shapes) {
    std::vector<SampleInput> in;
    for (const Shape& s : shapes) in.push_back({{t, s}});
    list.push_back({op, std::move(in)});
  };
  add({}, DType::F32, {{2, 3, 4}, {2, 5, 4}, {2, 5, 3}});
  add({.causal = true}, DType::F32, {{1, 2, 3, 2}, {1, 2, 4, 2}, {1, 2, 4, 3}});
  add({.causal = true, .scale = 0.3}, DType::F64, {{2, 4, 3, 2}, {2, 2, 3, 2}, {2, 2, 3, 1}, {3, 3}});
  add({}, DType::F32, {{3, 2, 2}, {1, 3, 2}, {1, 3, 2}, {3, 1, 3}});
  add({}, DType::F32, {{1, 1}, {1, 1}, {1, 1}});
  add({}, DType::F32, {{2, 0, 3}, {2, 4, 3}, {2, 4, 2}});
  for (DType t : {DType::F16, DType::BF16}) add({.causal = true}, t, {{2, 3, 4}, {2, 3, 4}, {2, 3, 4}});
  return list;
}

}  // namespace tenon
