// What operators that put elements in order share.
#pragma once
#include <functional>
#include <vector>

#include "op/special/scan.h"

namespace tenon {

/// The longest axis whose elements are put in order.
inline constexpr i64 kMostInOrder = (i64{1} << 32) - 1;

/// x < y, of which NaN is the largest.
bool comes_before(Number x, Number y);
/// Positions on the axis of the elements of one line, by rising or falling value; of equal ones the first comes first.
std::vector<i64> ordered_positions(const Array& x, const Lines& lines, i64 line, bool falling);
/// The first `kept` of the positions of each line, and the elements there.
std::vector<Array> taken(const Array& x, i64 axis, i64 kept,
                         const std::function<std::vector<i64>(const Lines&, i64 line)>& positions);

}  // namespace tenon
