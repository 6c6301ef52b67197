#include "op/special/irfft.h"

#include "op/math/functions.h"
#include "op/shape/functions.h"

namespace tenon {

namespace {

Dim length_of(const Irfft& op, Dim coefficients) { return op.n == 0 ? 2 * (coefficients - 1) : Dim(op.n); }

}  // namespace

Types Irfft::infer(Operands in) const {
  require_operands(name, in, 1);
  Type y = in[0].type;
  const auto a = static_cast<std::size_t>(signal_axis(name, y, axis));
  require(y.shape.back() == 2, "irfft: x is {}; expected a last dimension of 2, real and imaginary part", y);
  const Dim given = y.shape[a], length = length_of(*this, given);
  require(!certainly_less(length, 1) && floor_div(length, 2) + 1 == given,
          "irfft: n is {} and axis {} of {} has {} numbers; expected n / 2 + 1, and n at least 1", length, axis, y,
          given);
  y.shape[a] = length;
  y.shape.pop_back();
  check_shape(y.shape);
  return {y};
}

// The numbers that are missing are the conjugates of those given, in falling order.
Values Irfft::expand(Builder& b, std::span<const Value> in) const {
  const Built x{&b, in[0]};
  const i64 a = normal_axis(axis, x.rank());
  const Dim given = x.shape()[static_cast<std::size_t>(a)], missing = length_of(*this, given) - given;
  Built all = x;
  if (missing > 0) {
    const Built mirrored = flip(slice_axis(x, a, 1, missing + 1), {a});
    const Built re = slice_axis(mirrored, -1, 0, 1), im = slice_axis(mirrored, -1, 1, 2);
    all = concatenate({x, concatenate({re, -im}, -1)}, a);
  }
  const Built y = detail::apply_to<Built>(Dft{a, true}, {all});
  return {squeeze(slice_axis(y, -1, 0, 1), {-1}).value};
}

}  // namespace tenon
