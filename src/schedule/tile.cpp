#include "schedule/tile.h"

#include <algorithm>

namespace tenon::schedule {

namespace {

constexpr double kLatency = 4;  // cycles from one fused multiply-add to the next that needs it
constexpr double kSumsPerCycle = 2;
constexpr double kLoadsPerCycle = 2;
constexpr double kLoadPrice = 0.25;  // of a load that hides behind arithmetic
constexpr double kFarLoadPrice = 1;  // the same where the panel of columns does not stay in the first cache
constexpr double kEdgePrice = 1.01;  // of a second copy of the code

double step_cycles(Dim rows, Dim columns, double column_price) {
  if (rows == 0 || columns == 0) return 0;
  double sums = static_cast<double>(rows * columns), loads = static_cast<double>(rows + columns);
  return std::max({sums / kSumsPerCycle, loads / kLoadsPerCycle, kLatency}) + kLoadPrice * static_cast<double>(rows) +
         column_price * static_cast<double>(columns);
}

double start_and_finish(Dim rows, Dim columns) {
  return rows == 0 || columns == 0 ? 0 : 10 + 3 * static_cast<double>(rows * columns);
}

}  // namespace

double tile_cycles(Dim m, Dim n, Dim steps, TileShape t, const Processor& p) {
  Dim m_rest = m % t.rows, n_rest = n % t.columns;
  i64 first_cache = p.caches.empty() ? i64{1} << 15 : p.caches[0].bytes;
  double price = steps * t.columns * p.vector_bits / 8 > first_cache / 2 ? kFarLoadPrice : kLoadPrice;
  auto whole = [&](Dim r, Dim c) {
    return step_cycles(r, c, price) * static_cast<double>(steps) + start_and_finish(r, c);
  };
  double rows = static_cast<double>(m / t.rows), columns = static_cast<double>(n / t.columns);
  double cycles = rows * columns * whole(t.rows, t.columns) + columns * whole(m_rest, t.columns) +
                  rows * whole(t.rows, n_rest) + whole(m_rest, n_rest);
  return cycles * (m_rest ? kEdgePrice : 1) * (n_rest ? kEdgePrice : 1);
}

TileShape choose_tile(Dim m, Dim n, Dim steps, const Processor& p, int reserved, Dim wanted) {
  TileShape best{1, std::clamp<Dim>(wanted, 1, n)};
  double least = tile_cycles(m, n, steps, best, p);
  const Dim first = wanted == 0 ? 1 : best.columns, last = wanted == 0 ? std::min(n, kMostColumns) : best.columns;
  for (Dim columns = first; columns <= last; ++columns)
    for (Dim rows = 1; rows <= std::min<Dim>(m, 16); ++rows) {
      if (rows * columns + columns + 1 + reserved > p.vector_registers) continue;
      double cycles = tile_cycles(m, n, steps, {rows, columns}, p);
      if (cycles < least) least = cycles, best = {rows, columns};
    }
  return best;
}

}  // namespace tenon::schedule
