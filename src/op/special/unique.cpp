#include "op/special/unique.h"

#include <algorithm>
#include <numeric>
#include "op/index/functions.h"
#include "op/shape/functions.h"

namespace tenon {

namespace {

/// The slices that are compared, as lines of `length` along which they are numbered.
Lines slices_of(const Shape& shape, const Ints& axis) {
  return axis.empty() ? Lines{1, element_count(shape), 1} : lines_of(shape, axis[0]);
}

/// -1, 0 or 1 as slice p comes before, is equal to or comes after slice q.
int compared(const Array& x, const Lines& slices, i64 p, i64 q) {
  for (i64 line = 0; line < slices.count(); ++line) {
    const Number a = x.at(slices.at(line, p)), b = x.at(slices.at(line, q));
    if (comes_before(a, b)) return -1;
    if (comes_before(b, a)) return 1;
  }
  return 0;
}

}  // namespace

// At most as many as there are elements or slices; how many there are, the data decides.
Types Unique::infer(Operands in) const {
  require_operands(name, in, 1);
  const Type& x = in[0].type;
  require(axis.size() <= 1, "unique: takes one axis or none, given {}", axis);
  if (!axis.empty()) require_axis(name, x, axis[0]);
  const auto along = axis.empty() ? 0 : static_cast<std::size_t>(normal_axis(axis[0], x.rank()));
  const Dim count = axis.empty() ? symbolic_count(x.shape) : x.shape[along];
  const i64 most = greatest_value(count).value_or(Dim::kUnbounded);
  require(!count.is_constant() || count <= kMostInOrder,
          "unique: {} has too many elements to compare; expected at most {}", x, kMostInOrder);
  const Dim found = Dim::symbol(size, least_value(count).value_or(0) > 0 ? 1 : 0, most);
  Type values{x.dtype, axis.empty() ? Shape{found} : x.shape};
  values.shape[along] = found;
  const Type places{DType::I64, {found}};
  return {values, places, {DType::I64, {count}}, places};
}

Values Unique::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                   std::span<const Value> grad) const {
  if (!grad[0].defined()) return Values(1);
  const Built dy{&b, grad[0]}, first{&b, out[1]};
  const Shape shape = axis.empty() ? Shape{symbolic_count(in[0].shape())} : in[0].shape();
  const Built none{&b, b.apply1(make_op(Full{0, in[0].dtype(), shape}), {})};
  return {reshape(scatter_add(none, first, dy, axis.empty() ? 0 : axis[0]), in[0].shape()).value};
}

std::vector<Array> Unique::evaluate(std::span<const Array> in) const {
  const Array& x = in[0];
  const Lines slices = slices_of(x.shape(), axis);
  std::vector<i64> order(static_cast<std::size_t>(slices.length));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](i64 p, i64 q) { return compared(x, slices, p, q) < 0; });

  struct Group {
    i64 first, count;
  };
  std::vector<Group> groups;
  std::vector<i64> group_of(order.size());
  for (i64 p : order) {
    if (groups.empty() || compared(x, slices, groups.back().first, p) != 0) groups.push_back({p, 0});
    ++groups.back().count;
    group_of[static_cast<std::size_t>(p)] = static_cast<i64>(groups.size()) - 1;
  }
  std::vector<i64> given(groups.size()), rank(groups.size());  // which group comes where
  std::iota(given.begin(), given.end(), 0);
  if (!sorted) std::ranges::sort(given, {}, [&](i64 g) { return groups[static_cast<std::size_t>(g)].first; });
  for (std::size_t k = 0; k < given.size(); ++k) rank[static_cast<std::size_t>(given[k])] = static_cast<i64>(k);

  const auto found = static_cast<i64>(groups.size());
  Shape shape = axis.empty() ? Shape{found} : x.shape();
  if (!axis.empty()) shape[static_cast<std::size_t>(normal_axis(axis[0], x.rank()))] = found;
  Array values(x.dtype(), shape), first(DType::I64, {found}), inverse(DType::I64, {slices.length}),
      counts(DType::I64, {found});
  const Lines to{slices.outer, found, slices.inner};
  for (i64 k = 0; k < found; ++k) {
    const Group& g = groups[static_cast<std::size_t>(given[static_cast<std::size_t>(k)])];
    for (i64 line = 0; line < slices.count(); ++line) values.set(to.at(line, k), x.at(slices.at(line, g.first)));
    first.set(k, Number::of_int(g.first));
    counts.set(k, Number::of_int(g.count));
  }
  for (std::size_t p = 0; p < group_of.size(); ++p)
    inverse.set(static_cast<i64>(p), Number::of_int(rank[static_cast<std::size_t>(group_of[p])]));
  return {values, first, inverse, counts};
}

std::vector<Case<Unique>> Unique::samples() {
  std::vector<Case<Unique>> list;
  auto add = [&](Unique op, Type type, double high = 3) {
    const double low = is_signed(type.dtype) ? -3 : 0;
    list.push_back({std::move(op), {{std::move(type), low, high, false}}});
  };
  for (bool sorted : {true, false}) {
    add({{}, sorted}, {DType::I32, {3, 5}});
    add({{0}, sorted}, {DType::Bool, {9, 2}});
    add({{-1}, sorted}, {DType::Bool, {2, 3, 9}});
    add({{1}, sorted}, {DType::I8, {1, 40, 1}});
    add({{}, sorted}, {DType::U64, {20}}, 0x1p64);
    for (DType t : kAllDTypes) add({{}, sorted}, {t, {700}});
  }
  add({{}}, {DType::F32, {}});
  add({{}}, {DType::F32, {0, 3}});
  add({{1}}, {DType::F32, {2, 0}});
  return list;
}

}  // namespace tenon
