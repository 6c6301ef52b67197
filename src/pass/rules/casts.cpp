// Chains of casts.
#include "pass/rules/themes.h"

namespace tenon {

namespace {

/// Bits that hold the fraction of a float, or the magnitude of an integer.
int digits_of(DType t) {
  switch (t) {
    case DType::F64: return 53;
    case DType::F32: return 24;
    case DType::F16: return 11;
    case DType::BF16: return 8;
    case DType::F8E4M3FN:
    case DType::F8E4M3FNUZ: return 4;
    case DType::F8E5M2:
    case DType::F8E5M2FNUZ: return 3;
    case DType::Bool: return 1;
    default: return value_bits_of(t) - (is_signed(t) ? 1 : 0);
  }
}

/// Every value of `from` is one of `to`.
bool holds_all(DType to, DType from) {
  if (to == from) return true;
  if (to == DType::Bool || to == DType::Str || from == DType::Str) return false;
  if (is_float(from))
    return to == DType::F64 || (to == DType::F32 && from != DType::F64) || (is_float8(from) && bits_of(to) == 16);
  if (is_float(to)) return digits_of(to) >= digits_of(from);  // exponents of all floats reach so far: of 8 bits, to 2^4
  return digits_of(to) >= digits_of(from) && (is_signed(to) || !is_signed(from));
}

/// from -> middle -> to gives what from -> to gives.
bool passes_through(DType from, DType middle, DType to) {
  if (!holds_all(middle, from)) return false;
  // Floats saturate as integers where integers wrap around.
  const bool wraps = !is_float(from) && is_float(middle) && is_integer(to);
  return !wraps || holds_all(to, from);
}

}  // namespace

std::vector<AlgebraRule> cast_rules() {
  Theme rules("casts");
  Var x, c;
  OpVar<Cast> outer, inner;
  rules.exact("cast(x) to its own type = x", outer(x), [=](M m) { return m[x].type() == m.root().type(); }, x);
  rules.exact(
      "cast(cast(x)) = cast(x) through a type that holds all values", outer(inner(x)),
      [=](M m) { return passes_through(m[x].dtype(), m[inner].dtype, m[outer].dtype); },
      [=](M m, B&) { return cast(m[x], m[outer].dtype); });
  rules.exact(
      "cast(cast(x)) = cast(x) of integers that wrap around", outer(inner(x)),
      [=](M m) {
        const DType from = m[x].dtype(), middle = m[inner].dtype, to = m[outer].dtype;
        return is_integer(from) && is_integer(middle) && is_integer(to) && value_bits_of(middle) >= value_bits_of(to);
      },
      [=](M m, B&) { return cast(m[x], m[outer].dtype); });
  rules.exact(
      "cast(number) = number", outer(Pattern::uniform(c)),
      [=](M m) { return is_float(m[outer].dtype) && m[c].dtype() != DType::Str; },
      [=](M m, B& b) {
        const Number n = number_of(m[c]).rounded_to(m[outer].dtype);
        return b.apply1(make_op(Full{n.f, m[outer].dtype, m[c].shape()}), {});
      });
  return rules.take();
}

}  // namespace tenon
