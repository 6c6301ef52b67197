// One scalar value of any element type.
#pragma once
#include "tensor/dtype.h"

namespace tenon {

/// A scalar: a double for floating types, a 64-bit integer for integer types and bool. `f` and `i` share no storage
/// semantics: `integral` says which one is meant.
struct Number {
  bool integral = false;
  union {
    double f = 0;
    i64 i;
  };

  Number() = default;
  Number(double value) : f(value) {}
  static Number of_int(i64 value) {
    Number n;
    n.integral = true;
    n.i = value;
    return n;
  }

  double as_double() const { return integral ? static_cast<double>(i) : f; }
  /// Truncates towards zero; saturates at the ends of i64; NaN gives 0.
  i64 as_int() const;
  bool truth() const { return integral ? i != 0 : f != 0; }

  /// This value as element type `t` holds it: floats rounded to nearest even; integers wrapped modulo 2^bits;
  /// float to integer truncated towards zero and saturated at the ends of `t`, NaN to 0; bool is `!= 0`.
  Number rounded_to(DType t) const;

  /// Bitwise equality (NaN equals the same NaN; 0 and -0 differ).
  friend bool operator==(const Number& a, const Number& b) { return a.integral == b.integral && a.i == b.i; }
};

/// Reads or writes element `index` of a contiguous buffer of type `t`; storing rounds as rounded_to.
Number load_number(DType t, const void* data, i64 index);
void store_number(DType t, void* data, i64 index, Number value);

}  // namespace tenon
