#include "op/special/top_k.h"

#include <algorithm>

namespace tenon {

Types TopK::infer(Operands in) const {
  require_operands(name, in, 1);
  const Type& x = in[0].type;
  require_axis(name, x, axis);
  const auto a = static_cast<std::size_t>(normal_axis(axis, x.rank()));
  require(k >= 0 && !certainly_less(x.shape[a], k), "top_k: k is {}, expected 0 to {}, the elements of axis {} of {}",
          k, x.shape[a], axis, x);
  require(!certainly_less(kMostInOrder, x.shape[a]), "top_k: axis {} of {} is too long; expected at most {} elements",
          axis, x, kMostInOrder);
  Shape shape = x.shape;
  shape[a] = k;
  return {Type{x.dtype, shape}, Type{DType::I64, shape}};
}

std::vector<Array> TopK::evaluate(std::span<const Array> in) const {
  return taken(in[0], axis, k, [&](const Lines& lines, i64 line) {
    std::vector<i64> positions = ordered_positions(in[0], lines, line, largest);
    if (!sorted) std::sort(positions.begin(), positions.begin() + k);
    return positions;
  });
}

std::vector<Case<TopK>> TopK::samples() {
  std::vector<Case<TopK>> list;
  auto add = [&](TopK op, Type type, double high = 40) {
    const double low = is_signed(type.dtype) ? -high : 0;
    list.push_back({op, {{std::move(type), low, high, is_float(type.dtype)}}});
  };
  for (bool largest : {false, true})
    for (bool sorted : {false, true}) {
      for (i64 axis : {0, 1, 2}) add({2, axis, largest, sorted}, {DType::F32, {3, 4, 5}});
      add({20, 0, largest, sorted}, {DType::I32, {60}}, 4);  // many are equal
      for (DType t : kAllDTypes) add({3, 1, largest, sorted}, {t, {2, 9}});
      for (DType t : kAllDTypes) add({200, 0, largest, sorted}, {t, {700}});
    }
  add({7, 0}, {DType::F32, {7}});
  add({0, 0}, {DType::F32, {7, 2}});
  add({0, 0}, {DType::F32, {0, 2}});
  add({1, 0}, {DType::F32, {3, 0}});
  return list;
}

}  // namespace tenon
