#include "tensor/dtype.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>

namespace tenon {
namespace {

struct Facts {
  std::string_view name;
  int bits;
  double lowest, highest;
};

template <class T>
constexpr Facts facts_of(std::string_view name) {
  return {name, 8 * static_cast<int>(sizeof(T)), static_cast<double>(std::numeric_limits<T>::lowest()),
          static_cast<double>(std::numeric_limits<T>::max())};
}

// In the order of DType.
constexpr Facts kFacts[] = {
    facts_of<double>("f64"),
    facts_of<float>("f32"),
    {"f16", 16, -65504.0, 65504.0},
    {"bf16", 16, -0x1.FEp127, 0x1.FEp127},
    facts_of<std::int64_t>("i64"),
    facts_of<std::int32_t>("i32"),
    facts_of<std::int16_t>("i16"),
    facts_of<std::int8_t>("i8"),
    facts_of<std::uint64_t>("u64"),
    facts_of<std::uint32_t>("u32"),
    facts_of<std::uint16_t>("u16"),
    facts_of<std::uint8_t>("u8"),
    {"bool", 8, 0, 1},
    {"str", 64, 0, 0},
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

i64 bytes_of(DType t, i64 count) {
  i64 bits = facts(t).bits;
  return bits % 8 == 0 ? count * (bits / 8) : (count * bits + 7) / 8;
}

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
  if (is_float(a)) return bits_of(a) == bits_of(b) ? DType::F32 : (bits_of(a) > bits_of(b) ? a : b);
  if (is_signed(a) == is_signed(b)) return bits_of(a) > bits_of(b) ? a : b;
  int unsigned_bits = bits_of(is_signed(a) ? b : a), signed_bits = bits_of(is_signed(a) ? a : b);
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

}  // namespace tenon
