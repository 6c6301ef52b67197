#include "op/special/order.h"

#include <algorithm>
#include <numeric>

namespace tenon {

bool comes_before(Number x, Number y) {
  if (x.integral) return integer_less(x, y);
  return x.f < y.f || (std::isnan(y.f) && !std::isnan(x.f));
}

std::vector<i64> ordered_positions(const Array& x, const Lines& lines, i64 line, bool falling) {
  std::vector<i64> positions(static_cast<std::size_t>(lines.length));
  std::iota(positions.begin(), positions.end(), 0);
  std::stable_sort(positions.begin(), positions.end(), [&](i64 a, i64 b) {
    const Number first = x.at(lines.at(line, a)), second = x.at(lines.at(line, b));
    return falling ? comes_before(second, first) : comes_before(first, second);
  });
  return positions;
}

std::vector<Array> taken(const Array& x, i64 axis, i64 kept,
                         const std::function<std::vector<i64>(const Lines&, i64 line)>& positions) {
  Shape shape = x.shape();
  shape[static_cast<std::size_t>(normal_axis(axis, x.rank()))] = kept;
  Array values(x.dtype(), shape), places(DType::I64, shape);
  const Lines from = lines_of(x.shape(), axis), to{from.outer, kept, from.inner};
  for (i64 line = 0; line < from.count(); ++line) {
    const std::vector<i64> order = positions(from, line);
    for (i64 k = 0; k < kept; ++k) {
      const i64 p = order[static_cast<std::size_t>(k)];
      values.set(to.at(line, k), x.at(from.at(line, p)));
      places.set(to.at(line, k), Number::of_int(p));
    }
  }
  return {values, places};
}

}  // namespace tenon
