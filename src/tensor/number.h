// One scalar value of any element type.
#pragma once
#include <string>

#include "tensor/dtype.h"

namespace tenon {

/// A scalar: a double for floating types, an integer from -2^63 to 2^64 - 1 for integer types and bool. `f` and `i`
/// share no storage semantics: `integral` says which one is meant. Integers of 2^63 or more, which only u64 has, are
/// `huge`: then i + 2^64 is meant. So `i` has the low 64 bits in any case.
struct Number {
  bool integral = false, huge = false;
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

  static Number of_uint(std::uint64_t value) {
    Number n = of_int(static_cast<i64>(value));
    n.huge = n.i < 0;
    return n;
  }

  double as_double() const { return !integral ? f : huge ? static_cast<double>(bits()) : static_cast<double>(i); }
  /// Truncates towards zero; saturates at the ends of i64; NaN gives 0.
  i64 as_int() const;
  bool truth() const { return integral ? i != 0 : f != 0; }
  std::uint64_t bits() const { return static_cast<std::uint64_t>(i); }  ///< of an integer

  /// This value as element type `t` holds it: floats rounded to nearest even; integers wrapped modulo 2^bits;
  /// float to integer truncated towards zero and saturated at the ends of `t`, NaN to 0; bool is `!= 0`.
  Number rounded_to(DType t) const;

  /// Bitwise equality (NaN equals the same NaN; 0 and -0 differ).
  friend bool operator==(const Number& a, const Number& b) {
    return a.integral == b.integral && a.huge == b.huge && a.i == b.i;
  }
};

/// a < b of two integers.
inline bool integer_less(Number a, Number b) { return a.huge == b.huge ? a.i < b.i : b.huge; }
/// The digits of an integer.
std::string integer_text(Number n);

/// Reads or writes element `index` of a contiguous buffer of type `t`; storing rounds as rounded_to.
Number load_number(DType t, const void* data, i64 index);
void store_number(DType t, void* data, i64 index, Number value);

}  // namespace tenon
