#include "op/reduce/prod.h"

#include "op/math/functions.h"
#include "op/reduce/sum.h"

namespace tenon {

// The product of the others: of the non-zero elements without this one where no other is 0, else 0.
Values Prod::vjp(Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) const {
  const Ints over = reduced_axes(name, axes, in[0].rank());
  if (over.empty()) return {grad[0]};
  const Built x{&b, in[0]}, g{&b, with_reduced_dims(b, grad[0], in[0].shape(), over)};
  const Built is_zero = equal(x, 0), zero_here = cast(is_zero, x.dtype());
  const Built zeros = detail::apply_to<Built>(Sum{.axes = over, .keep_dims = true}, {zero_here});
  const Built others = where(is_zero, 1, x);
  const Built product = detail::apply_to<Built>(Prod{.axes = over, .keep_dims = true}, {others});
  return {(g * where(equal(zeros, zero_here), product / others, 0)).value};
}

}  // namespace tenon
