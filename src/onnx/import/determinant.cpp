// Determinants.
#include "onnx/converters.h"
#include "onnx/import/known.h"
#include "op/control/function.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

/// (a [batch, m, m], product [batch], k) -> the same after step k of Gaussian elimination with row exchanges.
Results eliminate(const Value& a, const Value& product, const Value& k) {
  const i64 m = known_extent(a, 1);
  const Value row = iota<Value>({m}), rows = reshape(row, {m, 1});
  const auto pick = [&](const Value& where_, const Value& x, i64 axis) { return sum(where(where_, x, 0), {axis}); };
  const Value column = pick(equal(row, k), a, 2);  // [batch, m]
  const Value best = arg_max(where(row >= k, abs(column), -1), 1);
  const Value is_best = equal(rows, reshape(best, {-1, 1, 1})), is_k = equal(rows, k);
  const Value pivots = pick(is_best, a, 1), replaced = pick(is_k, a, 1);  // rows, [batch, m]
  const Value pivot = pick(equal(row, k), pivots, 1);
  const Value exchanged = where(is_k, expand_dims(pivots, {1}), where(is_best, expand_dims(replaced, {1}), a));
  const Value below = where(row > k, pick(equal(row, k), exchanged, 2), 0);
  const Value factor = where(expand_dims(equal(pivot, 0), {1}), 0, below / expand_dims(pivot, {1}));
  return {exchanged - expand_dims(factor, {2}) * expand_dims(pivots, {1}),
          product * where(equal(best, k), pivot, -pivot)};
}

Results determinant(const NodeView& n) {
  const Value x = n.in(0);
  require(x.rank() >= 2 && is_float(x.dtype()), "input 0 is {}, and must be square matrices of floats", x.type());
  const auto last = static_cast<std::size_t>(x.rank() - 1);
  const i64 m = known_extent(x, last);
  require(known_extent(x, last - 1) == m, "input 0 is {}, and must be square matrices", x.type());
  const Shape batch(x.shape().begin(), x.shape().end() - 2);
  const Dim count = symbolic_count(batch);
  const DType wide = accumulate_type(x.dtype());
  const Value a = reshape(cast(x, wide), {count, m, m}), one = ones<Value>({count}, wide);
  const FunctionPtr body = make_function("eliminate", {a.type(), one.type(), Type{DType::I64, {}}},
                                         [](const auto& p) { return eliminate(p[0], p[1], p[2]); });
  const Results last_state = scan(body, Results{a, one}, Results{iota<Value>({m})});
  return {reshape(cast(last_state[1], x.dtype()), batch)};
}

constexpr Entry kDeterminant[] = {{"Det", determinant}};

}  // namespace

std::span<const Entry> determinant_operators() { return kDeterminant; }

}  // namespace tenon::onnx
