// Running sums, products and extremes, and linear recurrences. Each line is walked from end to end; lines that are
// neighbours in memory go side by side, so that the stride of the axis does not decide the speed.
#include "base/thread_pool.h"
#include "runtime/special/elements.h"
#include "runtime/special/running.h"
#include "runtime/special/table.h"
#include "tensor/lines.h"

namespace tenon::runtime {

namespace {

/// Lines that are walked side by side: `width` of them from number `line` on, whose first elements lie at
/// start, start + stride, …
struct Group {
  static constexpr i64 kMost = 4096;
  i64 line, width, start, stride;
};

struct Walk {
  Lines lines;
  bool reverse;
  /// Where the k-th step lies, relative to the first element of the line.
  i64 offset(i64 k) const { return (reverse ? lines.length - 1 - k : k) * lines.inner; }
};

/// Neighbouring lines are neighbours in memory, or each is contiguous: then a few are enough.
void for_each_group(const Lines& lines, FunctionRef<void(const Group&)> body) {
  constexpr i64 kRows = 8, kFewest = 1 << 15;
  const bool rows = lines.inner == 1;
  // Long runs of memory, but shared by all threads.
  const i64 wide = std::clamp<i64>(ceil_div(lines.inner, threads()), Group::kMost / 8, Group::kMost);
  const i64 in_one = rows ? lines.outer : lines.inner, most = rows ? kRows : wide;
  const i64 groups = ceil_div(in_one, most), all = rows ? groups : lines.outer * groups;
  const i64 grain = std::max<i64>(1, kFewest / std::max<i64>(1, most * lines.length));
  parallel_for(all, grain, [&](i64 begin, i64 end) {
    for (i64 g = begin; g < end; ++g) {
      const i64 first = g % groups * most, line = g / groups * lines.inner + first;
      body({line, std::min(most, in_one - first), lines.start(line), rows ? lines.length : 1});
    }
  });
}

/// step(lane, where): one step of one line of the group, for all lanes and steps in order.
template <class Step>
void walk_group(const Walk& w, const Group& g, Step step) {
  for (i64 k = 0; k < w.lines.length; ++k) {
    const i64 at = g.start + w.offset(k);
    if (g.stride == 1)
      for (i64 lane = 0; lane < g.width; ++lane) step(lane, at + lane);
    else
      for (i64 lane = 0; lane < g.width; ++lane) step(lane, at + lane * g.stride);
  }
}

Walk walk_of(const SpecialCall& call) {
  return {lines_of(call.in[0].shape, call.integer("axis")), call.flag("reverse")};
}

/// y = the combination of what came before (and x itself, unless exclusive), along lines that lie side by side.
template <class T, class Combine>
void accumulate_columns(const Walk& w, bool exclusive, const Running<T, Combine>& r, const T* x, T* y) {
  for_each_group(w.lines, [&](const Group& g) {
    Wide<T> sum[Group::kMost];
    std::fill_n(sum, g.width, r.identity);
    for (i64 k = 0; k < w.lines.length; ++k) {
      const i64 at = g.start + w.offset(k);
      exclusive ? r.template step_side_by_side<true>(x + at, y + at, sum, g.width)
                : r.template step_side_by_side<false>(x + at, y + at, sum, g.width);
    }
  });
}

template <class Combine>
SpecialKernel make_accumulation(const SpecialCall& call, int identity, Combine combine) {
  call.expect_operands(1, 1);
  call.expect(call.in[0] == call.out[0] && call.in[0].dtype != DType::Bool);
  const Walk walk = walk_of(call);
  const bool exclusive = call.flag("exclusive");
  return with_element(call.in[0].dtype, [&]<class T>(std::type_identity<T>) {
    const Running<T, Combine> r{static_cast<Wide<T>>(identity), combine};
    if (walk.lines.inner > 1)
      return SpecialKernel{
          0, [=](const SpecialArgs& a) { accumulate_columns(walk, exclusive, r, a.operand<T>(0), a.output<T>(0)); }};
    const RunningLines lines{walk.lines.outer, walk.lines.length, walk.reverse, exclusive};
    return SpecialKernel{lines.bytes(), [=](const SpecialArgs& a) {
                           lines.run(r, a.operand<T>(0), a.output<T>(0), reinterpret_cast<Wide<T>*>(a.workspace));
                         }};
  });
}

/// y = the extreme of what came before and x itself, and its place on the axis: the first of equals, and of NaN.
template <class T, class Better>
void extremes_of_rows(const Walk& w, const T* x, T* y, i64* position, Better better) {
  constexpr i64 kFewest = 1 << 15;
  const i64 n = w.lines.length, grain = std::max<i64>(1, kFewest / std::max<i64>(n, 1));
  parallel_for(w.lines.outer, grain, [&](i64 begin, i64 end) {
    for (i64 line = begin; line < end; ++line) {
      const i64 start = line * n, first = w.reverse ? n - 1 : 0, step = w.reverse ? -1 : 1;
      T best = x[start + first];
      i64 place = first;
      // New extremes are rare or the rule, so that a branch is foreseen, and nothing waits for the one before.
      for (i64 k = 0, e = first; k < n; ++k, e += step) {
        if (better(x[start + e], best)) [[unlikely]]
          best = x[start + e], place = e;
        y[start + e] = best, position[start + e] = place;
      }
    }
  });
}

template <class T, class Better>
void extremes(const Walk& w, const T* x, T* y, i64* position, Better better) {
  if (w.lines.inner == 1) return extremes_of_rows(w, x, y, position, better);
  for_each_group(w.lines, [&](const Group& g) {
    T best[Group::kMost];
    i64 place[Group::kMost];
    for (i64 k = 0; k < w.lines.length; ++k) {
      const i64 at = g.start + w.offset(k), here = w.reverse ? w.lines.length - 1 - k : k;
      for (i64 lane = 0; lane < g.width; ++lane) {
        const i64 e = at + lane * g.stride;
        if (k == 0 || better(x[e], best[lane])) best[lane] = x[e], place[lane] = here;
        y[e] = best[lane], position[e] = place[lane];
      }
    }
  });
}

template <class T>
bool is_nan(T x) {
  return widened(x) != widened(x);
}

template <class Better>
SpecialKernel make_extremes(const SpecialCall& call, Better better) {
  call.expect_operands(1, 2);
  call.expect(call.in[0] == call.out[0] && call.out[1] == Type{DType::I64, call.in[0].shape});
  const Walk walk = walk_of(call);
  return with_element(call.in[0].dtype, [&]<class T>(std::type_identity<T>) {
    return SpecialKernel{
        0, [=](const SpecialArgs& a) { extremes<T>(walk, a.operand<T>(0), a.output<T>(0), a.output<i64>(1), better); }};
  });
}

template <class T>
void recur(const Walk& w, const T* a, const T* b, const T* initial, T* h) {
  for_each_group(w.lines, [&](const Group& g) {
    Wide<T> state[Group::kMost];
    for (i64 lane = 0; lane < g.width; ++lane) state[lane] = initial ? widened(initial[g.line + lane]) : Wide<T>(0);
    walk_group(w, g, [&](i64 lane, i64 at) {
      h[at] = narrowed<T>(state[lane] = widened(a[at]) * state[lane] + widened(b[at]));
    });
  });
}

}  // namespace

SpecialKernel make_cumsum(const SpecialCall& call) {
  return make_accumulation(call, 0, [](auto a, auto b) { return a + b; });
}

SpecialKernel make_cumprod(const SpecialCall& call) {
  return make_accumulation(call, 1, [](auto a, auto b) { return a * b; });
}

SpecialKernel make_cummax(const SpecialCall& call) {
  return make_extremes(call, [](auto x, auto best) { return less(best, x); });
}

SpecialKernel make_cummin(const SpecialCall& call) {
  return make_extremes(call, [](auto x, auto best) { return !is_nan(best) && (is_nan(x) || less(x, best)); });
}

SpecialKernel make_linear_recurrence(const SpecialCall& call) {
  const bool starts = call.in.size() == 3;
  call.expect_operands(starts ? 3 : 2, 1);
  call.expect(call.in[0] == call.in[1] && call.in[0] == call.out[0] && is_float(call.in[0].dtype));
  const Walk walk = walk_of(call);
  if (starts) {
    Shape lines = call.in[0].shape;
    lines.erase(lines.begin() + normal_axis(call.integer("axis"), call.in[0].rank()));
    call.expect(call.in[2] == Type{call.in[0].dtype, lines});
  }
  return with_element(call.in[0].dtype, [&]<class T>(std::type_identity<T>) {
    return SpecialKernel{0, [=](const SpecialArgs& a) {
                           recur<T>(walk, a.operand<T>(0), a.operand<T>(1), starts ? a.operand<T>(2) : nullptr,
                                    a.output<T>(0));
                         }};
  });
}

}  // namespace tenon::runtime
