// Extents: numbers, or integer polynomials over named unknowns.
//
//   Dim n = Dim::symbol("n"), rows = 2 * n + 1;          // "2*?n + 1"
//   Dim out = floor_div(rows - 3, 2) + 1;                // "?n"
//   certainly(n < rows);                                 // proved for every n
//
// A Dim is eight bytes, canonical (equal polynomials are equal bits) and as cheap as an integer while it is a number.
#pragma once
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tenon {

using i64 = std::int64_t;

class Dim {
 public:
  /// No upper bound of a symbol.
  static constexpr i64 kUnbounded = i64(1) << 40;

  constexpr Dim() = default;
  template <std::integral T>
  constexpr Dim(T v) : bits_(static_cast<i64>(v)) {
    if (bits_ < kLeast) fail_size();
  }
  /// The unknown of that name (letters, digits, '_') and these bounds; those of other bounds are other unknowns.
  static Dim symbol(std::string_view name, i64 least = 1, i64 most = kUnbounded);

  constexpr bool is_constant() const { return bits_ >= kLeast; }
  /// Throws Error that names the unknowns where it is not a number.
  constexpr operator i64() const {
    if (!is_constant()) fail_unknown();
    return bits_;
  }
  constexpr i64 value() const { return *this; }
  /// The same for equal polynomials, in every process.
  std::uint64_t hash() const { return is_constant() ? static_cast<std::uint64_t>(bits_) : symbolic_hash(); }

  /// Arithmetic throws Error where a number does not fit.
  friend constexpr Dim operator+(Dim a, Dim b) {
    i64 r = 0;
    if (a.is_constant() && b.is_constant() && !__builtin_add_overflow(a.bits_, b.bits_, &r)) return r;
    return add(a, b);
  }
  friend constexpr Dim operator-(Dim a, Dim b) {
    i64 r = 0;
    if (a.is_constant() && b.is_constant() && !__builtin_sub_overflow(a.bits_, b.bits_, &r)) return r;
    return add(a, mul(b, -1));
  }
  friend constexpr Dim operator*(Dim a, Dim b) {
    i64 r = 0;
    if (a.is_constant() && b.is_constant() && !__builtin_mul_overflow(a.bits_, b.bits_, &r)) return r;
    return mul(a, b);
  }
  friend constexpr Dim operator-(Dim a) { return Dim(0) - a; }
  /// Of numbers as in C; of polynomials only where it leaves nothing over, else an Error: say floor_div.
  friend constexpr Dim operator/(Dim a, Dim b) {
    if (a.is_constant() && b.is_constant()) return a.bits_ / b.bits_;
    return div(a, b);
  }
  friend constexpr Dim operator%(Dim a, Dim b) {
    if (a.is_constant() && b.is_constant()) return a.bits_ % b.bits_;
    return rem(a, b);
  }
  Dim& operator+=(Dim b) { return *this = *this + b; }
  Dim& operator-=(Dim b) { return *this = *this - b; }
  Dim& operator*=(Dim b) { return *this = *this * b; }
  Dim& operator/=(Dim b) { return *this = *this / b; }
  Dim& operator++() { return *this = *this + 1; }
  Dim& operator--() { return *this = *this - 1; }

  /// The same number, or the same polynomial.
  friend constexpr bool operator==(Dim a, Dim b) { return a.bits_ == b.bits_; }
  /// Comparisons throw Error where the answer depends on unknowns.
  friend constexpr bool operator<(Dim a, Dim b) {
    return a.is_constant() && b.is_constant() ? a.bits_ < b.bits_ : decide_less(a, b);
  }
  friend constexpr bool operator>(Dim a, Dim b) { return b < a; }
  friend constexpr bool operator<=(Dim a, Dim b) { return !(b < a); }
  friend constexpr bool operator>=(Dim a, Dim b) { return !(a < b); }

  // With plain integers, so that neither side's conversion is preferred.
  template <std::integral T>
  friend constexpr Dim operator+(Dim a, T b) {
    return a + Dim(b);
  }
  template <std::integral T>
  friend constexpr Dim operator+(T a, Dim b) {
    return Dim(a) + b;
  }
  template <std::integral T>
  friend constexpr Dim operator-(Dim a, T b) {
    return a - Dim(b);
  }
  template <std::integral T>
  friend constexpr Dim operator-(T a, Dim b) {
    return Dim(a) - b;
  }
  template <std::integral T>
  friend constexpr Dim operator*(Dim a, T b) {
    return a * Dim(b);
  }
  template <std::integral T>
  friend constexpr Dim operator*(T a, Dim b) {
    return Dim(a) * b;
  }
  template <std::integral T>
  friend constexpr Dim operator/(Dim a, T b) {
    return a / Dim(b);
  }
  template <std::integral T>
  friend constexpr Dim operator/(T a, Dim b) {
    return Dim(a) / b;
  }
  template <std::integral T>
  friend constexpr Dim operator%(Dim a, T b) {
    return a % Dim(b);
  }
  template <std::integral T>
  friend constexpr Dim operator%(T a, Dim b) {
    return Dim(a) % b;
  }
  template <std::integral T>
  friend constexpr bool operator==(Dim a, T b) {
    return a == Dim(b);
  }
  template <std::integral T>
  friend constexpr bool operator<(Dim a, T b) {
    return a < Dim(b);
  }
  template <std::integral T>
  friend constexpr bool operator<(T a, Dim b) {
    return Dim(a) < b;
  }
  template <std::integral T>
  friend constexpr bool operator>(Dim a, T b) {
    return a > Dim(b);
  }
  template <std::integral T>
  friend constexpr bool operator>(T a, Dim b) {
    return Dim(a) > b;
  }
  template <std::integral T>
  friend constexpr bool operator<=(Dim a, T b) {
    return a <= Dim(b);
  }
  template <std::integral T>
  friend constexpr bool operator<=(T a, Dim b) {
    return Dim(a) <= b;
  }
  template <std::integral T>
  friend constexpr bool operator>=(Dim a, T b) {
    return a >= Dim(b);
  }
  template <std::integral T>
  friend constexpr bool operator>=(T a, Dim b) {
    return Dim(a) >= b;
  }

 private:
  friend class Polynomials;
  static constexpr i64 kLeast = -(i64(1) << 62);  ///< lower bits are the number of a polynomial

  static Dim add(Dim a, Dim b);
  static Dim mul(Dim a, Dim b);
  static Dim div(Dim a, Dim b);
  static Dim rem(Dim a, Dim b);
  static bool decide_less(Dim a, Dim b);
  [[noreturn]] void fail_unknown() const;
  [[noreturn]] static void fail_size();
  std::uint64_t symbolic_hash() const;

  i64 bits_ = 0;
};

/// a / b rounded down, up; b > 0. Of a polynomial that b does not divide: a new unknown with its bounds.
Dim floor_div(Dim a, i64 b);
Dim ceil_div(Dim a, i64 b);

/// Proofs, sound and incomplete: false says nothing.
bool certainly_nonnegative(Dim a);
inline bool certainly_at_most(Dim a, Dim b) { return a == b || certainly_nonnegative(b - a); }
inline bool certainly_less(Dim a, Dim b) { return certainly_nonnegative(b - a - 1); }
bool certainly_different(Dim a, Dim b);

/// Numbers that bound `a` below and above; nothing where none is known.
std::optional<i64> least_value(Dim a);
std::optional<i64> greatest_value(Dim a);

/// a / b where it is a whole polynomial; nothing else, also where b is 0.
std::optional<Dim> exact_quotient(Dim a, Dim b);
/// The terms of `a`: the product of unknowns as text ("" of the constant) and its coefficient, in the order of
/// to_string.
std::vector<std::pair<std::string, i64>> monomials(Dim a);
/// The largest integer that divides every coefficient (and the constant); |a| of a number.
i64 content(Dim a);

/// A value of unknowns, by name.
using DimValues = std::vector<std::pair<std::string, Dim>>;
/// `a` with the values put in. Throws Error where a value breaks its unknown's bounds ("?n is 0, at least 1 is
/// expected").
Dim with_values(Dim a, const DimValues& values);
/// Names of the unknowns of `a`, also of those inside of floor; each once, sorted.
std::vector<std::string> unknowns(Dim a);

/// "4", "?n", "2*?n*?m + 1", "floor((?n - 3)/2)"; bounds other than 1 to none follow the name: "?k:0..12", "?k:0..".
std::string to_string(Dim a);
/// Inverse of to_string (sums of products; parentheses only inside of floor). Throws Error that says what is wrong.
Dim dim_from_string(std::string_view text);
/// The unknown ("?n:0..12" or "floor((…)/2)") that begins at text[at], which moves behind it; nothing where none does.
std::optional<Dim> read_unknown(std::string_view text, std::size_t& at);
inline std::string format_as(Dim a) { return to_string(a); }

}  // namespace tenon

template <>
struct std::hash<tenon::Dim> {
  std::size_t operator()(tenon::Dim d) const { return d.hash(); }
};
