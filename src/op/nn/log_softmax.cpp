#include "op/nn/log_softmax.h"

#include "op/math/functions.h"
#include "op/reduce/functions.h"

namespace tenon {

Values LogSoftmax::expand(Builder& b, std::span<const Value> in) const {
  const Built x{&b, in[0]};
  const Built shifted = x - max(x, {axis}, true);
  return {(shifted - log(sum(exp(shifted), {axis}, true))).value};
}

// dx = dy - softmax(x) sum(dy)
Values LogSoftmax::vjp(Builder& b, std::span<const Value>, std::span<const Value> out,
                       std::span<const Value> grad) const {
  const Built y{&b, out[0]}, dy{&b, grad[0]};
  return {(dy - exp(y) * sum(dy, {axis}, true)).value};
}

}  // namespace tenon
