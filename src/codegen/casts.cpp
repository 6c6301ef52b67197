// Conversions between element types.
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>

#include "codegen/code.h"

namespace tenon::codegen {

using llvm::ConstantFP;
using llvm::ConstantInt;
using llvm::Type;
using llvm::Value;

namespace {

/// f32 in registers, and rounded to fewer digits.
bool is_narrow_float(DType t) { return is_float(t) && bits_of(t) < 32; }

}  // namespace

// Round to odd, so that a second rounding to a narrower type is correct (Boldo and Melquiond 2008).
Value* Code::rounded_to_odd(Value* x) {
  Type *single = like(f32, x), *word = like(i32, x);
  Value* nearest = b.CreateFPTrunc(x, single);
  Value* back = b.CreateFPExt(nearest, x->getType());
  Value* bits = b.CreateBitCast(nearest, word);
  auto magnitude = [&](Value* v) { return b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, v); };
  Value* above = b.CreateFCmpOGT(magnitude(back), magnitude(x));
  Value* odd = b.CreateOr(b.CreateSub(bits, b.CreateZExt(above, word)), ConstantInt::get(word, 1));
  Value* inexact = b.CreateFCmpONE(back, x);
  return b.CreateBitCast(b.CreateSelect(inexact, odd, bits), single);
}

Value* Code::f16_bits(Value* x) {
  Type* word = like(i32, x);
  auto w = [&](std::uint32_t v) { return ConstantInt::get(word, v); };
  Value* all = b.CreateBitCast(x, word);
  Value* bits = b.CreateAnd(all, w(0x7FFFFFFF));
  Value* sign = b.CreateAnd(b.CreateLShr(all, w(16)), w(0x8000));
  Value* tie = b.CreateAnd(b.CreateLShr(bits, w(13)), w(1));
  Value* normal = b.CreateLShr(b.CreateAdd(b.CreateAdd(bits, w(0xC8000FFF)), tie), w(13));
  // Adding 0.5 leaves the denormal's bits, rounded to even, in the low mantissa.
  Value* shifted = b.CreateFAdd(b.CreateBitCast(bits, x->getType()), ConstantFP::get(x->getType(), 0.5));
  Value* denormal = b.CreateSub(b.CreateBitCast(shifted, word), w(0x3F000000));
  Value* r = b.CreateSelect(b.CreateICmpULT(bits, w(0x38800000)), denormal, normal);
  r = b.CreateSelect(b.CreateICmpUGE(bits, w(0x477FF000)), w(0x7C00), r);
  r = b.CreateSelect(b.CreateICmpUGT(bits, w(0x7F800000)), w(0x7E00), r);
  return b.CreateTrunc(b.CreateOr(r, sign), like(i16, x));
}

Value* Code::f32_from_f16_bits(Value* half) {
  Type *word = like(i32, half), *single = like(f32, half);
  auto w = [&](std::uint32_t v) { return ConstantInt::get(word, v); };
  Value* wide = b.CreateZExt(half, word);
  Value* sign = b.CreateShl(b.CreateAnd(wide, w(0x8000)), w(16));
  Value* bits = b.CreateShl(b.CreateAnd(wide, w(0x7FFF)), w(13));
  Value* scaled = b.CreateFMul(b.CreateBitCast(bits, single), ConstantFP::get(single, 0x1p112));
  Value* special = b.CreateOr(bits, w(0x7F800000));
  Value* r = b.CreateSelect(b.CreateICmpUGE(bits, w(0x0F800000)), special, b.CreateBitCast(scaled, word));
  return b.CreateBitCast(b.CreateOr(r, sign), single);
}

Value* Code::loaded(Value* memory, DType t) {
  switch (t) {
    case DType::Bool: return b.CreateICmpNE(memory, llvm::Constant::getNullValue(memory->getType()));
    case DType::F16:
      if (!cpu.f16_convert) return f32_from_f16_bits(memory);
      return b.CreateFPExt(b.CreateBitCast(memory, like(b.getHalfTy(), memory)), like(f32, memory));
    case DType::BF16: {
      Type* word = like(i32, memory);
      return b.CreateBitCast(b.CreateShl(b.CreateZExt(memory, word), ConstantInt::get(word, 16)), like(f32, memory));
    }
    case DType::F8E4M3FN:
    case DType::F8E4M3FNUZ:
    case DType::F8E5M2:
    case DType::F8E5M2FNUZ: return f32_from_f8_bits(memory, t);
    case DType::I4:
    case DType::U4: return wrapped(memory, t);
    default: return memory;
  }
}

Value* Code::stored(Value* x, DType t) {
  switch (t) {
    case DType::Bool: return b.CreateZExt(x, like(i8, x));
    case DType::F16:
      if (!cpu.f16_convert) return f16_bits(x);
      if (auto* widened = llvm::dyn_cast<llvm::FPExtInst>(x))
        if (auto* half = llvm::dyn_cast<llvm::BitCastInst>(widened->getOperand(0))) return half->getOperand(0);
      // As an intrinsic: LLVM would make stores of it stores of halves, which lose the mark of those past the caches.
      if (cpu.triple.starts_with("x86_64") && cpu.vector_bits >= 512 && lanes_of(x) == 16)
        return b.CreateIntrinsic(like(i16, x), llvm::Intrinsic::x86_avx512_mask_vcvtps2ph_512,
                                 {x, b.getInt32(4), llvm::Constant::getNullValue(like(i16, x)), b.getInt16(0xFFFF)});
      return b.CreateBitCast(b.CreateFPTrunc(x, like(b.getHalfTy(), x)), like(i16, x));
    case DType::BF16: {
      Type* word = like(i32, x);
      return b.CreateTrunc(b.CreateLShr(b.CreateBitCast(x, word), ConstantInt::get(word, 16)), like(i16, x));
    }
    case DType::F8E4M3FN:
    case DType::F8E4M3FNUZ:
    case DType::F8E5M2:
    case DType::F8E5M2FNUZ: return f8_bits(x, t);
    default: return x;
  }
}

Value* Code::rounded(Value* x, DType t) {
  if (t == DType::F16) return loaded(stored(x, t), t);
  if (is_float8(t)) return f8_rounded(x, t);
  Type* word = like(i32, x);
  auto w = [&](std::uint32_t v) { return ConstantInt::get(word, v); };
  Value* bits = b.CreateBitCast(x, word);
  Value* tie = b.CreateAnd(b.CreateLShr(bits, w(16)), w(1));
  Value* up = b.CreateAnd(b.CreateAdd(b.CreateAdd(bits, w(0x7FFF)), tie), w(0xFFFF0000));
  Value* quiet = b.CreateAnd(b.CreateOr(bits, w(0x00400000)), w(0xFFFF0000));
  return b.CreateBitCast(b.CreateSelect(b.CreateFCmpUNO(x, x), quiet, up), x->getType());
}

/// The integer that x is truncated to, between the bounds of a type of fewer bits, as i32; 0 for NaN.
Value* Code::saturated(Value* x, DType to) {
  llvm::Constant *low = ConstantFP::get(x->getType(), lowest_of(to)),
                 *high = ConstantFP::get(x->getType(), highest_of(to));
  x = b.CreateSelect(b.CreateFCmpOLT(x, low), low, x);
  x = b.CreateSelect(b.CreateFCmpOGT(x, high), high, x);
  x = b.CreateSelect(b.CreateFCmpUNO(x, x), llvm::Constant::getNullValue(x->getType()), x);
  return b.CreateFPToSI(x, like(i32, x));
}

Value* Code::cast(Value* x, DType from, DType to) {
  if (from == to) return x;
  Type* target = like(in_register(to), x);
  if (to == DType::Bool) {
    llvm::Constant* zero = llvm::Constant::getNullValue(x->getType());
    return is_float(from) ? b.CreateFCmpUNE(x, zero) : b.CreateICmpNE(x, zero);
  }
  if (!is_float(from) && !is_float(to)) {
    Value* r = b.CreateIntCast(x, target, is_signed(from));
    return value_bits_of(to) == 4 ? wrapped(r, to) : r;
  }
  if (!is_float(to) && bits_of(to) < 32) return b.CreateTrunc(saturated(x, to), target);
  if (!is_float(to))
    return b.CreateIntrinsic(is_signed(to) ? llvm::Intrinsic::fptosi_sat : llvm::Intrinsic::fptoui_sat,
                             {target, x->getType()}, {x});
  if (is_float(from)) {
    if (!is_narrow_float(to)) return b.CreateFPCast(x, target);
    return rounded(from == DType::F64 ? rounded_to_odd(x) : x, to);
  }
  if (!is_narrow_float(to)) return is_signed(from) ? b.CreateSIToFP(x, target) : b.CreateUIToFP(x, target);
  if (bits_of(from) <= 16)  // f32 holds them all
    return rounded(is_signed(from) ? b.CreateSIToFP(x, target) : b.CreateUIToFP(x, target), to);
  Type* wide = like(f64, x);
  if (bits_of(from) < 64)
    return rounded(rounded_to_odd(is_signed(from) ? b.CreateSIToFP(x, wide) : b.CreateUIToFP(x, wide)), to);
  // Bits below those that f64 holds are joined into one.
  auto w = [&](std::uint64_t v) { return ConstantInt::get(x->getType(), v); };
  Value* magnitude = is_signed(from) ? b.CreateBinaryIntrinsic(llvm::Intrinsic::abs, x, b.getFalse()) : x;
  Value* sticky = b.CreateICmpNE(b.CreateAnd(magnitude, w(0x7FF)), w(0));
  Value* large = b.CreateICmpNE(b.CreateLShr(magnitude, w(53)), w(0));
  Value* odd = b.CreateOr(b.CreateAnd(magnitude, w(~0x7FFULL)), w(0x800));
  Value* real = b.CreateUIToFP(b.CreateSelect(b.CreateAnd(large, sticky), odd, magnitude), wide);
  if (is_signed(from)) real = b.CreateSelect(b.CreateICmpSLT(x, w(0)), b.CreateFNeg(real), real);
  return rounded(rounded_to_odd(real), to);
}

}  // namespace tenon::codegen
