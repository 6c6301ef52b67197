#include "op/special/cumsum.h"

#include "op/math/functions.h"

namespace tenon {

std::vector<Array> Cumsum::evaluate(std::span<const Array> in) const {
  auto add = [](Number a, Number b) {
    return a.integral
               ? Number::of_int(static_cast<i64>(static_cast<std::uint64_t>(a.i) + static_cast<std::uint64_t>(b.i)))
               : Number(a.f + b.f);
  };
  const Number zero = is_float(in[0].dtype()) ? Number(0.0) : Number::of_int(0);
  return {accumulated(in[0], {axis, reverse}, exclusive, zero, add)};
}

// x[j] is in every sum from j on: the same sum in the other direction.
Values Cumsum::vjp(Builder& b, std::span<const Value>, std::span<const Value>, std::span<const Value> grad) const {
  return {b.apply1(make_op(Cumsum{axis, exclusive, !reverse}), {grad[0]})};
}

}  // namespace tenon
