#include "tensor/dtype.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

namespace tenon {
namespace {

struct Facts {
  std::string_view name;
  int bits, value_bits;
  double lowest, highest;
};

template <class T>
constexpr Facts facts_of(std::string_view name) {
  constexpr int kBits = 8 * static_cast<int>(sizeof(T));
  return {name, kBits, kBits, static_cast<double>(std::numeric_limits<T>::lowest()),
          static_cast<double>(std::numeric_limits<T>::max())};
}

// In the order of DType.
constexpr Facts kFacts[] = {
    facts_of<double>("f64"),
    facts_of<float>("f32"),
    {"f16", 16, 16, -65504.0, 65504.0},
    {"bf16", 16, 16, -0x1.FEp127, 0x1.FEp127},
    {"f8e4m3fn", 8, 8, -448, 448},
    {"f8e4m3fnuz", 8, 8, -240, 240},
    {"f8e5m2", 8, 8, -57344, 57344},
    {"f8e5m2fnuz", 8, 8, -57344, 57344},
    facts_of<std::int64_t>("i64"),
    facts_of<std::int32_t>("i32"),
    facts_of<std::int16_t>("i16"),
    facts_of<std::int8_t>("i8"),
    {"i4", 8, 4, -8, 7},
    facts_of<std::uint64_t>("u64"),
    facts_of<std::uint32_t>("u32"),
    facts_of<std::uint16_t>("u16"),
    facts_of<std::uint8_t>("u8"),
    {"u4", 8, 4, 0, 15},
    {"bool", 8, 8, 0, 1},
    {"str", 64, 64, 0, 0},
};
static_assert(std::size(kFacts) == std::size(kAllDTypes) + 1);

const Facts& facts(DType t) { return kFacts[static_cast<std::size_t>(t)]; }

// The smallest signed integer type of at least `bits` bits.
DType signed_integer(int bits) {
  if (bits <= 8) return DType::I8;
  if (bits <= 16) return DType::I16;
  return bits <= 32 ? DType::I32 : DType::I64;
}

}  // namespace

int bits_of(DType t) { return facts(t).bits; }

int value_bits_of(DType t) { return facts(t).value_bits; }
i64 bytes_of(DType t, i64 count) { return count * (facts(t).bits / 8); }
i64 packed_bytes_of(DType t, i64 count) { return value_bits_of(t) == 4 ? count / 2 + count % 2 : bytes_of(t, count); }

std::string_view name_of(DType t) { return facts(t).name; }

DType dtype_from_name(std::string_view name) {
  std::string known;
  for (DType t : kAllDTypes) {
    if (name_of(t) == name) return t;
    known += known.empty() ? "" : ", ";
    known += name_of(t);
  }
  if (name == name_of(DType::Str)) return DType::Str;
  fail("unknown element type '{}'; known are {}, str", name, known);
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  require(a != DType::Str && b != DType::Str, "text and numbers ({} and {}) have no common element type", a, b);
  if (b == DType::Bool) return a;
  if (a == DType::Bool) return b;
  if (is_float(a) != is_float(b)) return is_float(a) ? a : b;
  const int of_a = value_bits_of(a), of_b = value_bits_of(b);
  if (is_float(a)) return of_a != of_b ? (of_a > of_b ? a : b) : is_float8(a) ? DType::F16 : DType::F32;
  if (is_signed(a) == is_signed(b)) return of_a > of_b ? a : b;
  const int unsigned_bits = is_signed(a) ? of_b : of_a, signed_bits = is_signed(a) ? of_a : of_b;
  return unsigned_bits == 64 ? DType::F64 : signed_integer(std::max(signed_bits, 2 * unsigned_bits));
}

DType accumulate_type(DType t) {
  if (is_float(t)) return bits_of(t) < 32 ? DType::F32 : t;
  return bits_of(t) < 32 ? DType::I32 : t;
}

double lowest_of(DType t) { return facts(t).lowest; }
double highest_of(DType t) { return facts(t).highest; }

std::uint16_t f16_from_f32(float x) {
  std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  std::uint32_t sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7FFFFFFFu;
  constexpr std::uint32_t kInfinity = 0x7F800000u, kOverflow = 0x477FF000u, kSmallestNormal = 0x38800000u;
  std::uint32_t half;
  if (magnitude > kInfinity) {
    half = 0x7E00u | ((magnitude >> 13) & 0x3FFu);
  } else if (magnitude >= kOverflow) {
    half = 0x7C00u;
  } else if (magnitude < kSmallestNormal) {
    // One unit in the last place of 0.5f is the smallest subnormal of f16, so that this addition rounds to it.
    half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - std::bit_cast<std::uint32_t>(0.5f);
  } else {
    constexpr std::uint32_t kRebias = (127u - 15u) << 23;
    half = (magnitude - kRebias + 0xFFFu + ((magnitude >> 13) & 1u)) >> 13;
  }
  return static_cast<std::uint16_t>(sign | half);
}

float f32_from_f16(std::uint16_t h) {
  std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000u) << 16;
  std::uint32_t exponent = (h >> 10) & 0x1Fu, mantissa = h & 0x3FFu;
  std::uint32_t magnitude;
  if (exponent == 31) {
    magnitude = 0x7F800000u | (mantissa << 13);
  } else if (exponent == 0) {
    magnitude = std::bit_cast<std::uint32_t>(static_cast<float>(mantissa) * 0x1p-24f);
  } else {
    magnitude = ((exponent + 127 - 15) << 23) | (mantissa << 13);
  }
  return std::bit_cast<float>(sign | magnitude);
}

std::uint16_t bf16_from_f32(float x) {
  std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

float f32_from_bf16(std::uint16_t h) { return std::bit_cast<float>(static_cast<std::uint32_t>(h) << 16); }

Float8Format float8_format(DType t) {
  switch (t) {
    case DType::F8E4M3FN: return {3, 7, 0x7E, 0x7F, false};
    case DType::F8E4M3FNUZ: return {3, 8, 0x7F, 0x80, true};
    case DType::F8E5M2: return {2, 15, 0x7B, 0x7C, false};
    default: return {2, 16, 0x7F, 0x80, true};
  }
}

std::uint8_t f8_from_f32(DType t, float x) {
  const Float8Format f = float8_format(t);
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x), sign = (bits >> 24) & 0x80u,
                      magnitude = bits & 0x7FFFFFFFu;
  const std::uint32_t shift = static_cast<std::uint32_t>(23 - f.mantissa_bits);
  if (magnitude > 0x7F800000u) return static_cast<std::uint8_t>(f.unsigned_zero ? 0x80u : sign | 0x7Eu | f.overflow);
  const std::uint32_t rebias = static_cast<std::uint32_t>(127 - f.bias) << 23, smallest_normal = rebias + (1u << 23);
  std::uint32_t code;
  if (magnitude < smallest_normal) {
    // A float whose unit in the last place is the smallest subnormal, so that adding it rounds to that.
    const std::uint32_t unit = smallest_normal + (shift << 23);
    code = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + std::bit_cast<float>(unit)) - unit;
  } else {
    code = (magnitude - rebias + ((1u << (shift - 1)) - 1) + ((magnitude >> shift) & 1u)) >> shift;
  }
  if (code > f.highest) code = f.overflow;
  return static_cast<std::uint8_t>(f.unsigned_zero && (code & 0x7Fu) == 0 ? code : sign | code);
}

float f32_from_f8(DType t, std::uint8_t code) {
  const Float8Format f = float8_format(t);
  const std::uint32_t sign = static_cast<std::uint32_t>(code & 0x80u) << 24, magnitude = code & 0x7Fu;
  const int shift = 23 - f.mantissa_bits;
  if (f.unsigned_zero && code == 0x80u) return std::bit_cast<float>(0x7FC00000u);
  if (magnitude > f.highest) {
    const bool infinite = has_infinity(t) && magnitude == f.overflow;
    return std::bit_cast<float>(sign | (infinite ? 0x7F800000u : 0x7FC00000u));
  }
  const float absolute =
      magnitude >> f.mantissa_bits == 0
          ? std::ldexp(static_cast<float>(magnitude), 1 - f.bias - f.mantissa_bits)
          : std::bit_cast<float>((magnitude << shift) + (static_cast<std::uint32_t>(127 - f.bias) << 23));
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(absolute));
}

}  // namespace tenon
