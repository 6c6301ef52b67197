#include "op/shape/slice.h"

#include <algorithm>
#include <limits>

namespace tenon {

Types Slice::infer(Operands in) const {
  require_operands(name, in, 1);
  const Type& x = in[0].type;
  const std::size_t rank = x.shape.size();
  require(start.size() == rank && stop.size() == rank && (step.empty() || step.size() == rank),
          "slice: {} has rank {}, but there are {} starts, {} stops and {} steps", x, rank, start.size(), stop.size(),
          step.size());
  Type out{x.dtype, {}};
  for (std::size_t d = 0; d < rank; ++d) {
    const i64 by = step_of(d);
    if (start[d] == 0 && stop[d] == x.shape[d] && by == 1) {  // also where the extent is unknown
      out.shape.push_back(x.shape[d]);
      continue;
    }
    const i64 n = x.shape[d];
    require(by != 0, "slice: the step of dimension {} is 0", d);
    const bool inside = by > 0 ? 0 <= start[d] && start[d] <= stop[d] && stop[d] <= n
                               : -1 <= stop[d] && stop[d] <= start[d] && start[d] < n;
    require(inside, "slice: {}:{}:{} is out of range for dimension {} of {}", start[d], stop[d], by, d, x);
    const i64 span = by > 0 ? stop[d] - start[d] : start[d] - stop[d];
    const i64 stride = by > 0 ? by : -std::max(by, -n - 1);  // a longer step reaches no further
    out.shape.push_back(span / stride + (span % stride != 0));
  }
  return {out};
}

expr::Expr Slice::define(std::span<const Type> in) const {
  const Operand x[1] = {{in[0]}};
  const auto out = expr::indices(infer(x)[0].shape);
  std::vector<expr::At> at;
  for (std::size_t d = 0; d < out.size(); ++d)
    at.emplace_back(!out[d].extent().is_constant() || out[d].extent() > 1 ? out[d] * step_of(d) + start[d]
                                                                          : out[d] + start[d]);
  return expr::compute({in[0]}, expr::dims(out), expr::Input(0, in[0])(at));
}

Slice slice_of_axis(const Type& x, i64 axis, i64 start, i64 stop, i64 step) {
  require(axis >= -x.rank() && axis < x.rank(), "slice: axis {} is out of range for {}", axis, x);
  require(step != 0, "slice: the step is 0");
  const auto a = static_cast<std::size_t>(normal_axis(axis, x.rank()));
  Slice s{Ints(x.shape.size(), 0), x.shape, Ints(x.shape.size(), 1)};
  const i64 n = x.shape[a], first = step > 0 ? 0 : -1, last = step > 0 ? n : n - 1;
  constexpr i64 kLast = std::numeric_limits<i64>::max();
  auto position = [&](i64 p) { return std::clamp(p < 0 && p > -kLast ? p + n : p, first, last); };
  s.start[a] = position(start);
  s.stop[a] = stop == kLast && step < 0 ? -1 : position(stop);
  if (step > 0 ? s.stop[a] < s.start[a] : s.stop[a] > s.start[a]) s.stop[a] = s.start[a];
  if (s.start[a] == s.stop[a]) s.start[a] = s.stop[a] = 0;
  s.step[a] = s.start[a] == s.stop[a] ? 1 : step;
  return s;
}

}  // namespace tenon
