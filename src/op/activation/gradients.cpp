// Gradients that read the result, which is there already, or are better than the derived ones.
#include "op/activation/functions.h"
#include "op/math/functions.h"

namespace tenon {

Values Relu::vjp(Builder& b, std::span<const Value>, std::span<const Value> out, std::span<const Value> grad) const {
  const Built y{&b, out[0]}, dy{&b, grad[0]};
  return {where(greater(y, 0), dy, 0).value};
}

Values Sigmoid::vjp(Builder& b, std::span<const Value>, std::span<const Value> out, std::span<const Value> grad) const {
  const Built y{&b, out[0]}, dy{&b, grad[0]};
  return {(dy * (y * (1 - y))).value};
}

// 1 / (1 + |x|)^2, which the derived difference of two fractions loses for large x.
Values SoftSign::vjp(Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) const {
  const Built x{&b, in[0]}, dy{&b, grad[0]};
  return {(dy * square(reciprocal(1 + abs(x)))).value};
}

}  // namespace tenon
