#include "op/special/cumprod.h"

#include "op/math/functions.h"
#include "op/special/linear_recurrence.h"

namespace tenon {

std::vector<Array> Cumprod::evaluate(std::span<const Array> in) const {
  auto multiply = [](Number a, Number b) {
    return a.integral
               ? Number::of_int(static_cast<i64>(static_cast<std::uint64_t>(a.i) * static_cast<std::uint64_t>(b.i)))
               : Number(a.f * b.f);
  };
  const Number one = is_float(in[0].dtype()) ? Number(1.0) : Number::of_int(1);
  return {accumulated(in[0], {axis, reverse}, exclusive, one, multiply)};
}

// dx[k] = x[0] … x[k-1] r[k], where r[k] = dy[k] + x[k+1] r[k+1] gathers what the later products make of x[k]: no
// division, so zeros are no exception. Exclusive: r[k] = dy[k+1] + x[k+1] r[k+1].
Values Cumprod::vjp(Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) const {
  const Built x{&b, in[0]}, dy{&b, grad[0]};
  if (symbolic_count(x.shape()) == 0) return {Value()};
  const ScanOrder order{axis, reverse};
  const Built before = detail::apply_to<Built>(Cumprod{axis, true, reverse}, {x});
  const Built first = exclusive ? one_step_after(dy, order) : dy;
  const Built later = detail::apply_to<Built>(LinearRecurrence{axis, !reverse}, {one_step_after(x, order), first});
  return {(before * later).value};
}

}  // namespace tenon
