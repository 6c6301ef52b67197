// Arguments of sine and cosine less multiples of pi/2.
#include "codegen/real.h"

namespace tenon::codegen::math {

namespace {

using llvm::Type;

constexpr double kPio2 = 0x1.921fb54442d18p+0, kPio2Low = 0x1.1a62633145c07p-54, kPio2Lowest = -0x1.f1976b7ed8fbcp-110;
constexpr double kHuge = 0x1p30;  // from here on the quarter is not known well enough to three doubles of pi/2

// 2/pi after the binary point, behind 64 zeros.
constexpr std::uint64_t kTwoOverPi[] = {0,
                                        0xA2F9836E4E441529,
                                        0xFC2757D1F534DDC0,
                                        0xDB6295993C439041,
                                        0xFE5163ABDEBBC561,
                                        0xB7246E3A424DD2E0,
                                        0x06492EEA09D1921C,
                                        0xFE1DEB1CB129A73E,
                                        0xE88235F52EBB4484,
                                        0xE99C7026B45F7E41,
                                        0x3991D639835339F4,
                                        0x9C845F8BBDF9283B,
                                        0x1FF897FFDE05980F,
                                        0xEF2F118B5A0A6D1F,
                                        0x6D367ECF27CB09B7,
                                        0x4F463F669E5FEA2D,
                                        0x7527BAC7EBE5F17B,
                                        0x3D0739F78A5292EA,
                                        0x6BFB5FB11F8D5D08,
                                        0x56033046FC7B6BAB,
                                        0xF0CFBC209AF4361D};

/// One double. Payne and Hanek (SIGNUM Newsletter, 1983): x = M 2^e with an integer M of 53 bits; bits of 2/pi that
/// M 2^e makes multiples of 4 do not count, and of the next 192 the product with M, modulo 2^192, is the quarter (two
/// bits) and its fraction.
Value* huge_angle(Code& c, Value* x) {
  auto& b = c.b;
  Type* i128 = b.getInt128Ty();
  Type* result = llvm::StructType::get(c.f64, c.f64, c.i64);
  return c.helper("huge_angle", result, {x}, [&](llvm::ArrayRef<Value*> a) -> Value* {
    F arg{&c, a[0]};
    auto word = [&](std::uint64_t v) -> llvm::ConstantInt* { return b.getInt64(v); };
    auto wide = [&](Value* v) { return b.CreateZExt(v, i128); };
    auto high = [&](Value* v) { return b.CreateTrunc(b.CreateLShr(v, 64), c.i64); };
    auto low = [&](Value* v) { return b.CreateTrunc(v, c.i64); };
    Value* bits = b.CreateBitCast(a[0], c.i64);
    Value* mantissa = b.CreateOr(b.CreateAnd(bits, word((1ULL << 52) - 1)), word(1ULL << 52));
    Value* biased = b.CreateAnd(b.CreateLShr(bits, 52), word(2047));
    // The first bit of 2/pi that counts is number e - 2 = biased - 1077 (from 0); callers give e >= -22, others stay in
    // the table.
    Value* first = b.CreateAdd(biased, b.getInt64(-1077 + 64));
    first = b.CreateBinaryIntrinsic(llvm::Intrinsic::smax, first, word(0));
    llvm::GlobalVariable* table = c.table("two_over_pi", kTwoOverPi);
    Value *at = b.CreateLShr(first, 6), *shift = b.CreateAnd(first, word(63));
    Value* words[4];
    for (unsigned k = 0; k < 4; ++k)
      words[k] = b.CreateLoad(c.i64, b.CreateGEP(c.i64, table, {b.CreateAdd(at, word(k))}));
    for (unsigned k = 0; k < 3; ++k)
      words[k] = b.CreateIntrinsic(llvm::Intrinsic::fshl, {c.i64}, {words[k], words[k + 1], shift});
    Value* last = b.CreateMul(wide(mantissa), wide(words[2]));
    Value* middle = b.CreateAdd(b.CreateMul(wide(mantissa), wide(words[1])), wide(high(last)));
    Value* top = b.CreateAdd(b.CreateMul(mantissa, words[0]), high(middle));
    Value* quarter = b.CreateLShr(b.CreateAdd(top, word(1ULL << 61)), 62);
    // The fraction, in [-1/2, 1/2), as 128 bits behind the point, and its size; no double makes the first 64 zero.
    auto joined = [&](Value* more, Value* less, std::uint64_t by) {
      return b.CreateIntrinsic(llvm::Intrinsic::fshl, {c.i64}, {more, less, word(by)});
    };
    Value *front = joined(top, low(middle), 2), *back = joined(low(middle), low(last), 2);
    Value* negative = b.CreateAShr(front, 63);
    front = b.CreateXor(front, negative);
    back = b.CreateXor(back, negative);
    Value* zeros = b.CreateIntrinsic(llvm::Intrinsic::ctlz, {c.i64}, {b.CreateOr(front, word(1)), b.getTrue()});
    front = b.CreateIntrinsic(llvm::Intrinsic::fshl, {c.i64}, {front, back, zeros});
    back = b.CreateShl(back, zeros);
    // 53 bits and the next 53, as integers that doubles hold.
    F h{&c, b.CreateSIToFP(b.CreateLShr(front, 11), c.f64)};
    F l{&c, b.CreateSIToFP(b.CreateLShr(joined(front, back, 53), 11), c.f64)};
    Words w(h);
    F unit = w.power_of_two(b.CreateSub(word(static_cast<std::uint64_t>(-53)), zeros), h);
    h = h * unit;
    l = l * unit * 0x1p-53;
    Pair p = product(h, kPio2);
    Pair r = fast_sum(p.high, p.low + (h * kPio2Low + l * kPio2));
    F sign = choose(b.CreateICmpSLT(b.CreateXor(negative, bits), word(0)), h.of(-1), h.of(1));
    quarter = b.CreateSelect(b.CreateICmpSLT(bits, word(0)), b.CreateNeg(quarter), quarter);
    F nan = arg.of(std::numeric_limits<double>::quiet_NaN());
    F first_part = choose(b.CreateICmpEQ(biased, word(2047)), nan, r.high * sign);
    Value* all = llvm::PoisonValue::get(result);
    all = b.CreateInsertValue(all, first_part, 0);
    all = b.CreateInsertValue(all, r.low * sign, 1);
    return b.CreateInsertValue(all, quarter, 2);
  });
}

/// Cody and Waite, with pi/2 as three doubles; k * pi/2 is subtracted without error from the first.
Angle usual_angle(F x) {
  F shifted = fma(x, 0x1.45f306dc9c883p-1, magic(x));
  F k = shifted - magic(x);
  F first = residual(x, k, kPio2);
  Pair second = product(k, kPio2Low);
  Pair r = sum(first, -second.high);
  return {r.high, fma(k, -kPio2Lowest, r.low - second.low), Words(x).bits(shifted)};
}

/// Lane by lane: such arguments are rare, and where one is there it may take its time.
Value* huge_angles(Code& c, Value* x) {
  unsigned lanes = Code::lanes_of(x);
  if (!lanes) return huge_angle(c, x);
  auto& b = c.b;
  Type *floats = x->getType(), *words = c.like(c.i64, x);
  Type* result = llvm::StructType::get(floats, floats, words);
  return c.helper("huge_angles", result, {x}, [&](llvm::ArrayRef<Value*> a) -> Value* {
    llvm::BasicBlock* entry = b.GetInsertBlock();
    auto* loop = llvm::BasicBlock::Create(c.module.getContext(), "loop", entry->getParent());
    auto* done = llvm::BasicBlock::Create(c.module.getContext(), "done", entry->getParent());
    Value* in = b.CreateAlloca(floats);
    Value* out[3] = {b.CreateAlloca(floats), b.CreateAlloca(floats), b.CreateAlloca(words)};
    b.CreateStore(a[0], in);
    b.CreateBr(loop);
    b.SetInsertPoint(loop);
    llvm::PHINode* lane = b.CreatePHI(c.i64, 2);
    auto at = [&](Value* memory) { return b.CreateGEP(c.i64, memory, {lane}); };
    Value* one = huge_angle(c, b.CreateLoad(c.f64, at(in)));
    for (unsigned k = 0; k < 3; ++k) b.CreateStore(b.CreateExtractValue(one, k), at(out[k]));
    Value* next = b.CreateAdd(lane, b.getInt64(1));
    lane->addIncoming(b.getInt64(0), entry);
    lane->addIncoming(next, loop);
    b.CreateCondBr(b.CreateICmpULT(next, b.getInt64(lanes)), loop, done);
    b.SetInsertPoint(done);
    Value* all = llvm::PoisonValue::get(result);
    for (unsigned k = 0; k < 3; ++k) all = b.CreateInsertValue(all, b.CreateLoad(k < 2 ? floats : words, out[k]), k);
    return all;
  });
}

Angle all_angles(F x, const Angle& usual) {
  auto& b = x.c->b;
  Value* far = huge_angles(*x.c, x);
  Value* is_huge = b.CreateNot(less(magnitude(x), kHuge));
  auto part = [&](unsigned k, Value* near) { return b.CreateSelect(is_huge, b.CreateExtractValue(far, k), near); };
  return {{x.c, part(0, usual.high)}, {x.c, part(1, usual.low)}, part(2, usual.quarter)};
}

}  // namespace

Angle reduced_angle(F x) {
  Code& c = *x.c;
  auto& b = c.b;
  llvm::Function* f = b.GetInsertBlock()->getParent();
  Angle usual = usual_angle(x);
  llvm::BasicBlock* before = b.GetInsertBlock();
  auto* huge = llvm::BasicBlock::Create(f->getContext(), "huge", f);
  auto* done = llvm::BasicBlock::Create(f->getContext(), "done", f);
  b.CreateCondBr(c.any(b.CreateFCmpOGE(magnitude(x), x.of(kHuge))), huge, done);
  b.SetInsertPoint(huge);
  Angle all = all_angles(x, usual);
  llvm::BasicBlock* after = b.GetInsertBlock();
  b.CreateBr(done);
  b.SetInsertPoint(done);
  auto either = [&](Value* from_before, Value* from_huge) -> Value* {
    llvm::PHINode* p = b.CreatePHI(from_before->getType(), 2);
    p->addIncoming(from_before, before);
    p->addIncoming(from_huge, after);
    return p;
  };
  return {{&c, either(usual.high, all.high)}, {&c, either(usual.low, all.low)}, either(usual.quarter, all.quarter)};
}

}  // namespace tenon::codegen::math
