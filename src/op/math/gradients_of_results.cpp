// Gradients in terms of the result, which is there already: the operand need not be kept and nothing is computed twice.
#include "op/math/functions.h"

namespace tenon {

Values Exp::vjp(Builder& b, std::span<const Value>, std::span<const Value> out, std::span<const Value> grad) const {
  return {(Built{&b, grad[0]} * Built{&b, out[0]}).value};
}

Values Tanh::vjp(Builder& b, std::span<const Value>, std::span<const Value> out, std::span<const Value> grad) const {
  const Built y{&b, out[0]}, dy{&b, grad[0]};
  return {(dy * (1 - y * y)).value};
}

Values Tan::vjp(Builder& b, std::span<const Value>, std::span<const Value> out, std::span<const Value> grad) const {
  const Built y{&b, out[0]}, dy{&b, grad[0]};
  return {(dy * (1 + y * y)).value};
}

Values Reciprocal::vjp(Builder& b, std::span<const Value>, std::span<const Value> out,
                       std::span<const Value> grad) const {
  const Built y{&b, out[0]}, dy{&b, grad[0]};
  return {(-dy * (y * y)).value};
}

}  // namespace tenon
