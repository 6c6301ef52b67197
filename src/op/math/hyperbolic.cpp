#include "op/math/functions.h"

namespace tenon {

// The derived gradients multiply 0 by infinity where one of the exponentials is.
Values Sinh::vjp(Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) const {
  return {(Built{&b, grad[0]} * cosh(Built{&b, in[0]})).value};
}

Values Cosh::vjp(Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) const {
  return {(Built{&b, grad[0]} * sinh(Built{&b, in[0]})).value};
}

}  // namespace tenon
