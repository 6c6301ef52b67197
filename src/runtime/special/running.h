// Running combinations without waiting for each of them: runs of a few elements are combined by themselves, then with
// what came before the run. The order is fixed by the length of the line alone.
#pragma once
#include <algorithm>
#include <utility>

#include "base/thread_pool.h"
#include "runtime/special/elements.h"

namespace tenon::runtime {

/// An associative operation on elements of type T.
template <class T, class Combine>
struct Running {
  using W = Wide<T>;
  W identity;
  Combine combine;

  /// One step of `width` lines.
  template <bool exclusive>
  void step_side_by_side(const T* __restrict x, T* __restrict y, W* __restrict sum, i64 width) const {
    constexpr i64 kBlock = 16;
    const auto one = [&](i64 lane) {
      const W before = sum[lane], after = combine(before, widened(x[lane]));
      y[lane] = narrowed<T>(exclusive ? before : after);
      sum[lane] = after;
    };
    i64 first = 0;
    for (; first + kBlock <= width; first += kBlock)
      for (i64 lane = first; lane < first + kBlock; ++lane) one(lane);
    for (i64 lane = first; lane < width; ++lane) one(lane);
  }

  /// All of a piece of a line, in the direction of `step` (1 or -1). `before`: what comes before the piece. Writes
  /// nothing if y is null.
  template <bool exclusive, int step>
  W piece(const T* x, T* y, i64 n, W before) const {
    constexpr i64 kRun = 8;
    W total = identity;
    i64 k = 0;
    for (; k + kRun <= n; k += kRun) {
      W run[kRun];
      run[0] = widened(x[k * step]);
      for (i64 e = 1; e < kRun; ++e) run[e] = combine(run[e - 1], widened(x[(k + e) * step]));
      if (y) {
        const W base = combine(before, total);
        if (exclusive) y[k * step] = narrowed<T>(base);
        for (i64 e = exclusive; e < kRun; ++e) y[(k + e) * step] = narrowed<T>(combine(base, run[e - exclusive]));
      }
      total = combine(total, run[kRun - 1]);
    }
    for (; k < n; ++k) {
      const W next = combine(total, widened(x[k * step]));
      if (y) y[k * step] = narrowed<T>(combine(before, exclusive ? total : next));
      total = next;
    }
    return total;
  }
};

/// Contiguous lines one behind the other, each in pieces.
struct RunningLines {
  i64 lines, length;
  bool reverse, exclusive;
  static constexpr i64 kPiece = 1 << 15;

  i64 pieces() const { return (length + kPiece - 1) / kPiece; }
  /// Few lines are shared piece by piece: a total of each.
  bool shares_pieces() const { return lines < 16 && pieces() > 1; }
  i64 bytes() const { return shares_pieces() ? lines * pieces() * static_cast<i64>(sizeof(std::uint64_t)) : 0; }

  template <class T, class Combine>
  void run(const Running<T, Combine>& r, const T* x, T* y, Wide<T>* totals) const {
    if (shares_pieces() && threads() > 1) return run_shared(r, x, y, totals);
    parallel_for(lines, std::max<i64>(1, kPiece / std::max<i64>(length, 1)), [&](i64 begin, i64 end) {
      for (i64 line = begin; line < end; ++line) {
        Wide<T> before = r.identity;
        for (i64 p = 0; p < pieces(); ++p) before = r.combine(before, piece(r, x, y, line, p, before));
      }
    });
  }

 private:
  /// The same bits: a piece's total does not depend on what comes before it.
  template <class T, class Combine>
  void run_shared(const Running<T, Combine>& r, const T* x, T* y, Wide<T>* totals) const {
    const i64 each = pieces();
    parallel_for(lines * each, 1, [&](i64 begin, i64 end) {
      for (i64 k = begin; k < end; ++k)
        totals[k] = piece(r, x, static_cast<T*>(nullptr), k / each, k % each, r.identity);
    });
    for (i64 line = 0; line < lines; ++line) {
      Wide<T> before = r.identity;
      for (i64 p = 0; p < each; ++p) {
        const Wide<T> total = std::exchange(totals[line * each + p], before);
        before = r.combine(before, total);
      }
    }
    parallel_for(lines * each, 1, [&](i64 begin, i64 end) {
      for (i64 k = begin; k < end; ++k) piece(r, x, y, k / each, k % each, totals[k]);
    });
  }

  template <class T, class Combine>
  Wide<T> piece(const Running<T, Combine>& r, const T* x, T* y, i64 line, i64 p, Wide<T> before) const {
    const i64 first = p * kPiece, n = std::min(kPiece, length - first);
    const i64 at = line * length + (reverse ? length - 1 - first : first);
    T* to = y ? y + at : nullptr;
    if (reverse)
      return exclusive ? r.template piece<true, -1>(x + at, to, n, before)
                       : r.template piece<false, -1>(x + at, to, n, before);
    return exclusive ? r.template piece<true, 1>(x + at, to, n, before)
                     : r.template piece<false, 1>(x + at, to, n, before);
  }
};

}  // namespace tenon::runtime
