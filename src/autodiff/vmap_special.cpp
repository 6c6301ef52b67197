// Operators that neither formulas nor smaller operators say, for many examples at once.
#include "autodiff/examples.h"
#include "op/control/barrier.h"
#include "op/effect/print.h"
#include "op/functions.h"

namespace tenon {

namespace {

std::vector<Value> values_of(std::span<const Mapped> in) {
  std::vector<Value> list;
  for (const Mapped& x : in) list.push_back(x.value);
  return list;
}

std::vector<Value> all_repeated(Examples& examples, std::span<const Mapped> in) {
  std::vector<Value> list;
  for (const Mapped& x : in) list.push_back(examples.repeated(x));
  return list;
}

/// An operator of struct T whose `axis` counts dimensions of its first operand, on the axis behind the examples.
template <class T>
OpRef behind_examples(const Op& op, const Mapped& first) {
  const T* found = get_if<T>(op);
  if (found == nullptr) return nullptr;
  T shifted = *found;
  const i64 rank = first.value.rank() - (first.batched ? 1 : 0);
  shifted.axis = normal_axis(shifted.axis, rank) + 1;
  return make_op(std::move(shifted));
}

template <class... T>
OpRef any_behind_examples(const Op& op, const Mapped& first) {
  OpRef found;
  ((found = found ? found : behind_examples<T>(op, first)), ...);
  return found;
}

/// The number of the example, of the type and rank of positions.
Value example_number(const Value& positions) {
  Shape shape(positions.shape().size(), 1);
  shape[0] = positions.shape()[0];
  return iota<Value>(shape, 0, positions.dtype());
}

bool rows_are_known(const Dim& n, const Mapped& table) {
  return n.is_constant() && table.value.shape()[table.batched ? 1 : 0].is_constant();
}

/// Rows of all tables under each other. A position that is out of range stays so, and -1 names no row.
std::vector<Mapped> set_rows_of_all(Examples& examples, const Op& op, std::span<const Mapped> in) {
  const std::vector<Value> x = all_repeated(examples, in);
  const auto rows = static_cast<double>(x[0].shape()[1].value()), n = static_cast<double>(examples.count().value());
  const Value positions = cast(x[1], DType::I64);
  const Value moved =
      where(positions < 0, positions, where(positions >= rows, n * rows, positions + example_number(positions) * rows));
  Shape under(x[0].shape().begin() + 1, x[0].shape().end());
  under[0] = under[0] * examples.count();
  const Value all = apply_op(make_op(*get_if<SetRows>(op)), std::vector{reshape(x[0], under), moved, x[2]});
  return {{reshape(all, x[0].shape()), true}};
}

/// The number of the example is a further position.
std::vector<Mapped> scatter_nd_of_all(Examples& examples, const Op& op, std::span<const Mapped> in) {
  const std::vector<Value> x = all_repeated(examples, in);
  Shape one = x[1].shape();
  one.back() = 1;
  const Value ids = concatenate({broadcast(example_number(x[1]), one), x[1]}, -1);
  return {{apply_op(make_op(*get_if<ScatterNd>(op)), std::vector{x[0], ids, x[2]}), true}};
}

}  // namespace

std::optional<std::vector<Mapped>> Examples::special(const Op& op, std::span<const Mapped> in) {
  if (const Reshape* view = get_if<Reshape>(op)) {
    Type one = in[0].value.type();
    one.shape.erase(one.shape.begin());
    return all_batched(
        builder_.apply(make_op(Reshape{type_of_all({one.dtype, view->target(one)}).shape}), values_of(in)));
  }
  if (get_if<Barrier>(op)) {
    const Values out = builder_.apply(make_op(Barrier{}), values_of(in));
    std::vector<Mapped> list;
    for (std::size_t k = 0; k < in.size(); ++k) list.push_back({out[k], in[k].batched});
    return list;
  }
  if (const Print* print = get_if<Print>(op))  // of all examples at once
    return std::vector<Mapped>{{builder_.apply(make_op(*print), values_of(in))[0]}};
  if (get_if<SetRows>(op) && rows_are_known(n_, in[0])) return set_rows_of_all(*this, op, in);
  if (get_if<ScatterNd>(op)) return scatter_nd_of_all(*this, op, in);

  OpRef same;  // on matrices in the last dimensions
  if (const Cholesky* cholesky = get_if<Cholesky>(op)) same = make_op(*cholesky);
  if (const TriangularSolve* solve = get_if<TriangularSolve>(op)) same = make_op(*solve);
  if (same == nullptr)
    same = any_behind_examples<Cumsum, Cumprod, Cummax, Cummin, Sort, TopK, Dft, LinearRecurrence, ScatterElements,
                               Softmax, LogSoftmax>(op, in[0]);
  if (same == nullptr) return {};
  return all_batched(builder_.apply(same, all_repeated(*this, in)));
}

}  // namespace tenon
