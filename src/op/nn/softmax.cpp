#include "op/nn/softmax.h"

#include "op/math/functions.h"
#include "op/reduce/functions.h"

namespace tenon {

// [softmax]
Values Softmax::expand(Builder& b, std::span<const Value> in) const {
  const Built x{&b, in[0]};
  const Built e = exp(x - max(x, {axis}, true));
  return {(e / sum(e, {axis}, true)).value};
}

// dx = y (dy - sum(y dy))
Values Softmax::vjp(Builder& b, std::span<const Value>, std::span<const Value> out, std::span<const Value> grad) const {
  const Built y{&b, out[0]}, dy{&b, grad[0]};
  return {(y * (dy - sum(y * dy, {axis}, true))).value};
}
// []

}  // namespace tenon
