#include "op/special/sort.h"

namespace tenon {

Types Sort::infer(Operands in) const {
  require_operands(name, in, 1);
  const Type& x = in[0].type;
  require_axis(name, x, axis);
  const Dim length = x.shape[static_cast<std::size_t>(normal_axis(axis, x.rank()))];
  require(!certainly_less(kMostInOrder, length), "sort: axis {} of {} is too long; expected at most {} elements", axis,
          x, kMostInOrder);
  return {x, Type{DType::I64, x.shape}};
}

std::vector<Array> Sort::evaluate(std::span<const Array> in) const {
  return taken(in[0], axis, in[0].dim(axis),
               [&](const Lines& lines, i64 line) { return ordered_positions(in[0], lines, line, descending); });
}

std::vector<Case<Sort>> Sort::samples() {
  std::vector<Case<Sort>> list;
  auto add = [&](Sort op, Type type, double high = 40) {
    const double low = is_signed(type.dtype) ? -high : 0;
    list.push_back({op, {{std::move(type), low, high, is_float(type.dtype)}}});
  };
  for (bool descending : {false, true}) {
    for (i64 axis : {0, 1, 2}) add({axis, descending}, {DType::F32, {3, 4, 5}});
    add({-1, descending}, {DType::F32, {7}});
    add({-1, descending}, {DType::I32, {60}}, 4);  // many are equal
    add({0, descending}, {DType::U64, {60}}, 0x1p64);
    for (DType t : kAllDTypes) add({1, descending}, {t, {2, 9}});
    for (DType t : kAllDTypes) add({0, descending}, {t, {700}});
  }
  add({0}, {DType::F32, {1}});
  add({1}, {DType::F32, {2, 0}});
  add({0}, {DType::F32, {3, 0}});
  return list;
}

}  // namespace tenon
