// Floats of 8 bits and integers of 4, by arithmetic on whole registers alone, which every processor has.
#include <cmath>

#include "codegen/code.h"

namespace tenon::codegen {

using llvm::ConstantFP;
using llvm::ConstantInt;
using llvm::Type;
using llvm::Value;

namespace {

/// Bits of f32 that a format fixes.
struct Layout {
  explicit Layout(DType t)
      : format(float8_format(t)),
        shift(static_cast<std::uint32_t>(23 - format.mantissa_bits)),
        rebias(static_cast<std::uint32_t>(127 - format.bias) << 23),
        smallest_normal(rebias + (1u << 23)),
        highest(rebias + (std::uint32_t{format.highest} << shift)) {}
  Float8Format format;
  std::uint32_t shift;                                                    ///< of the mantissa
  std::uint32_t rebias;                                                   ///< of the exponent
  std::uint32_t smallest_normal;                                          ///< of the format
  std::uint32_t highest;                                                  ///< its largest finite value
  std::uint32_t unit() const { return smallest_normal + (shift << 23); }  ///< whose last place is the least subnormal
};

constexpr std::uint32_t kInfinityBits = 0x7F800000, kQuietNan = 0x7FC00000;

}  // namespace

Value* Code::wrapped(Value* x, DType t) {
  const auto byte = [&](std::uint8_t v) { return ConstantInt::get(x->getType(), v); };
  Value* low = b.CreateAnd(x, byte(15));
  return is_signed(t) ? b.CreateSub(b.CreateXor(low, byte(8)), byte(8)) : low;
}

Value* Code::f8_rounded(Value* x, DType t) {
  const Layout f(t);
  Type *word = like(i32, x), *single = x->getType();
  const auto w = [&](std::uint32_t v) { return ConstantInt::get(word, v); };
  Value* all = b.CreateBitCast(x, word);
  Value* bits = b.CreateAnd(all, w(0x7FFFFFFF));
  Value* sign = b.CreateAnd(all, w(0x80000000));
  Value* tie = b.CreateAnd(b.CreateLShr(bits, w(f.shift)), w(1));
  Value* up = b.CreateAdd(b.CreateAdd(bits, w((1u << (f.shift - 1)) - 1)), tie);
  Value* normal = b.CreateAnd(up, w(~((1u << f.shift) - 1)));
  // Adding and subtracting it leaves multiples of its last place.
  Value* unit = b.CreateBitCast(w(f.unit()), single);
  Value* multiple = b.CreateFSub(b.CreateFAdd(b.CreateBitCast(bits, single), unit), unit);
  Value* r = b.CreateSelect(b.CreateICmpULT(bits, w(f.smallest_normal)), b.CreateBitCast(multiple, word), normal);
  r = b.CreateSelect(b.CreateICmpUGT(r, w(f.highest)), w(has_infinity(t) ? kInfinityBits : kQuietNan), r);
  Value* is_nan = b.CreateICmpUGT(bits, w(kInfinityBits));
  r = b.CreateSelect(is_nan, w(kQuietNan), r);
  Value* with_sign = b.CreateOr(r, sign);
  if (f.format.unsigned_zero) {
    Value* plain = b.CreateOr(b.CreateICmpEQ(r, w(0)), b.CreateICmpEQ(r, w(kQuietNan)));
    with_sign = b.CreateSelect(plain, r, with_sign);
  }
  return b.CreateBitCast(with_sign, single);
}

Value* Code::f8_bits(Value* x, DType t) {
  const Layout f(t);
  Type *word = like(i32, x), *single = x->getType();
  const auto w = [&](std::uint32_t v) { return ConstantInt::get(word, v); };
  Value* all = b.CreateBitCast(x, word);
  Value* bits = b.CreateAnd(all, w(0x7FFFFFFF));
  Value* sign = b.CreateAnd(b.CreateLShr(all, w(24)), w(0x80));
  Value* normal = b.CreateLShr(b.CreateSub(bits, w(f.rebias)), w(f.shift));
  // Adding it leaves the subnormal's number in the low mantissa.
  Value* unit = b.CreateBitCast(w(f.unit()), single);
  Value* subnormal = b.CreateSub(b.CreateBitCast(b.CreateFAdd(b.CreateBitCast(bits, single), unit), word), w(f.unit()));
  Value* r = b.CreateSelect(b.CreateICmpULT(bits, w(f.smallest_normal)), subnormal, normal);
  Value* special = w(f.format.overflow);
  if (has_infinity(t)) special = b.CreateSelect(b.CreateICmpUGT(bits, w(kInfinityBits)), w(0x7E), special);
  Value* finite = b.CreateICmpULT(bits, w(kInfinityBits));
  Value* code = f.format.unsigned_zero ? b.CreateSelect(finite, b.CreateOr(r, sign), special)
                                       : b.CreateOr(b.CreateSelect(finite, r, special), sign);
  return b.CreateTrunc(code, like(i8, x));
}

Value* Code::f32_from_f8_bits(Value* byte, DType t) {
  const Layout f(t);
  Type *word = like(i32, byte), *single = like(f32, byte);
  const auto w = [&](std::uint32_t v) { return ConstantInt::get(word, v); };
  Value* code = b.CreateZExt(byte, word);
  Value* magnitude = b.CreateAnd(code, w(0x7F));
  Value* sign = b.CreateShl(b.CreateAnd(code, w(0x80)), w(24));
  Value* scaled = b.CreateShl(magnitude, w(f.shift));
  Value* normal = b.CreateAdd(scaled, w(f.rebias));
  const double least = std::ldexp(1.0, 1 - f.format.bias - f.format.mantissa_bits);
  Value* subnormal = b.CreateFMul(b.CreateSIToFP(magnitude, single), ConstantFP::get(single, least));
  Value* is_subnormal = b.CreateICmpULT(magnitude, w(1u << f.format.mantissa_bits));
  Value* r = b.CreateSelect(is_subnormal, b.CreateBitCast(subnormal, word), normal);
  if (f.format.unsigned_zero) {
    r = b.CreateSelect(b.CreateICmpEQ(code, w(0x80)), w(kQuietNan), b.CreateOr(r, sign));
    return b.CreateBitCast(r, single);
  }
  Value* special = w(kQuietNan);
  if (has_infinity(t))
    special = b.CreateSelect(b.CreateICmpEQ(magnitude, w(f.format.overflow)), w(kInfinityBits), special);
  r = b.CreateSelect(b.CreateICmpUGT(magnitude, w(f.format.highest)), special, r);
  return b.CreateBitCast(b.CreateOr(r, sign), single);
}

}  // namespace tenon::codegen
