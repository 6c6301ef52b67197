// Scalar functions of expressions, by element type.
#include <llvm/IR/Intrinsics.h>

#include "codegen/code.h"
#include "codegen/math.h"
#include "codegen/real.h"

namespace tenon::codegen {

using expr::Fn;
using llvm::CmpInst;
using llvm::ConstantFP;
using llvm::ConstantInt;
using llvm::Type;
using llvm::Value;
namespace Intrinsic = llvm::Intrinsic;

namespace {

Value* transcendental(Code& c, Fn fn, bool wide, llvm::ArrayRef<Value*> a) {
  Value* x = a[0];
  switch (fn) {
    case Fn::Exp: return wide ? math::wide::exp(c, x) : math::exp(c, x);
    case Fn::Log: return wide ? math::wide::log(c, x) : math::log(c, x);
    case Fn::Log1p: return wide ? math::wide::log1p(c, x) : math::log1p(c, x);
    case Fn::Expm1: return wide ? math::wide::expm1(c, x) : math::expm1(c, x);
    case Fn::Sin: return wide ? math::wide::sin(c, x) : math::sin(c, x);
    case Fn::Cos: return wide ? math::wide::cos(c, x) : math::cos(c, x);
    case Fn::Tanh: return wide ? math::wide::tanh(c, x) : math::tanh(c, x);
    case Fn::Erf: return wide ? math::wide::erf(c, x) : math::erf(c, x);
    case Fn::Sigmoid: return wide ? math::wide::sigmoid(c, x) : math::sigmoid(c, x);
    case Fn::Atan2: return wide ? math::wide::atan2(c, x, a[1]) : math::atan2(c, x, a[1]);
    case Fn::Pow: return wide ? math::wide::pow(c, x, a[1]) : math::pow(c, x, a[1]);
    default: throw InternalError("no float function " + std::string(name_of(fn)));
  }
}

// The sign of the divisor, as in NumPy.
Value* float_mod(Code& c, Value* x, Value* y) {
  auto& b = c.b;
  llvm::Constant* zero = llvm::Constant::getNullValue(x->getType());
  Type* wide = c.like(c.f64, x);
  Value* r = math::wide::fmod(c, b.CreateFPExt(x, wide), b.CreateFPExt(y, wide));
  r = b.CreateFPTrunc(r, x->getType());  // exact
  Value* opposite = b.CreateXor(b.CreateFCmpOLT(r, zero), b.CreateFCmpOLT(y, zero));
  Value* moved = b.CreateSelect(opposite, b.CreateFAdd(r, y), r);
  Value* signed_zero = b.CreateBinaryIntrinsic(Intrinsic::copysign, zero, y);
  return b.CreateSelect(b.CreateFCmpOEQ(r, zero), signed_zero, moved);
}

// Counts are unsigned here, so that those below 0 move all bits out as large ones do.
Value* shift(Code& c, Fn fn, bool with_sign, Value* x, Value* count) {
  auto& b = c.b;
  Type* type = x->getType();
  llvm::Constant* last = ConstantInt::get(type, type->getScalarSizeInBits() - 1);
  if (fn == Fn::ShiftRight && with_sign) return b.CreateAShr(x, b.CreateBinaryIntrinsic(Intrinsic::umin, count, last));
  Value* moved = fn == Fn::ShiftLeft ? b.CreateShl(x, count) : b.CreateLShr(x, count);
  return b.CreateSelect(b.CreateICmpUGT(count, last), llvm::Constant::getNullValue(type), moved);
}

bool never_nan(Value* v) {
  if (auto* splat = llvm::dyn_cast<llvm::Constant>(v); splat && v->getType()->isVectorTy()) v = splat->getSplatValue();
  auto* constant = llvm::dyn_cast_or_null<ConstantFP>(v);
  return constant && !constant->isNaN();
}

Value* float_extreme(Code& c, bool largest, Value* x, Value* y) {
  auto better = [&](Value* p, Value* q) { return largest ? c.b.CreateFCmpOGE(p, q) : c.b.CreateFCmpOLE(p, q); };
  if (never_nan(x)) return c.b.CreateSelect(better(x, y), x, y);
  if (never_nan(y)) return c.b.CreateSelect(largest ? c.b.CreateFCmpOLT(x, y) : c.b.CreateFCmpOGT(x, y), y, x);
  // The comparison of y with itself waits for nothing where x is what has been reduced so far.
  Value* extreme = c.b.CreateSelect(largest ? c.b.CreateFCmpOGT(y, x) : c.b.CreateFCmpOLT(y, x), y, x);
  return c.b.CreateSelect(c.b.CreateFCmpUNO(y, y), y, extreme);
}

}  // namespace

Value* Code::apply(Fn fn, DType t, llvm::ArrayRef<Value*> args, DType result) {
  Values a(args.begin(), args.end());
  unify(a);
  if (fn == Fn::RandomBits) return random_bits(a[0], a[1], a[2]);
  if (expr::is_comparison(fn)) return compare(fn, t, a[0], a[1]);
  if (is_float(t) && fn == Fn::Not)
    return cast(b.CreateFCmpOEQ(a[0], llvm::Constant::getNullValue(a[0]->getType())), DType::Bool, result);
  Value* r = is_float(t) ? apply_float(fn, t, a) : t == DType::Bool ? apply_bool(fn, a) : apply_integer(fn, t, a);
  if (is_float(t) && bits_of(t) < 32) r = rounded(r, t);
  if (value_bits_of(t) == 4) r = wrapped(r, t);
  return cast(r, t, result);
}

Value* Code::compare(Fn fn, DType t, Value* x, Value* y) {
  auto pick = [&](CmpInst::Predicate real, CmpInst::Predicate with_sign, CmpInst::Predicate without) {
    return is_float(t) ? b.CreateFCmp(real, x, y) : b.CreateICmp(is_signed(t) ? with_sign : without, x, y);
  };
  switch (fn) {
    case Fn::Eq: return pick(CmpInst::FCMP_OEQ, CmpInst::ICMP_EQ, CmpInst::ICMP_EQ);
    case Fn::Ne: return pick(CmpInst::FCMP_UNE, CmpInst::ICMP_NE, CmpInst::ICMP_NE);
    case Fn::Lt: return pick(CmpInst::FCMP_OLT, CmpInst::ICMP_SLT, CmpInst::ICMP_ULT);
    case Fn::Le: return pick(CmpInst::FCMP_OLE, CmpInst::ICMP_SLE, CmpInst::ICMP_ULE);
    case Fn::Gt: return pick(CmpInst::FCMP_OGT, CmpInst::ICMP_SGT, CmpInst::ICMP_UGT);
    default: return pick(CmpInst::FCMP_OGE, CmpInst::ICMP_SGE, CmpInst::ICMP_UGE);
  }
}

Value* Code::apply_float(Fn fn, DType t, llvm::ArrayRef<Value*> a) {
  Value* x = a[0];
  Value* y = a.size() > 1 ? a[1] : nullptr;
  llvm::Constant *zero = llvm::Constant::getNullValue(x->getType()), *one = ConstantFP::get(x->getType(), 1);
  switch (fn) {
    case Fn::Neg: return b.CreateFNeg(x);
    case Fn::Abs: return b.CreateUnaryIntrinsic(Intrinsic::fabs, x);
    case Fn::Sign: {
      Value* r = b.CreateSelect(b.CreateFCmpOLT(x, zero), ConstantFP::get(x->getType(), -1), b.CreateFAdd(x, zero));
      return b.CreateSelect(b.CreateFCmpOGT(x, zero), one, r);
    }
    case Fn::Floor: return math::whole(Intrinsic::floor, {this, x});
    case Fn::Ceil: return math::whole(Intrinsic::ceil, {this, x});
    case Fn::Round: return math::whole(Intrinsic::rint, {this, x});
    case Fn::Sqrt: return b.CreateUnaryIntrinsic(Intrinsic::sqrt, x);
    case Fn::Rsqrt: return b.CreateFDiv(one, b.CreateUnaryIntrinsic(Intrinsic::sqrt, x));
    case Fn::Add: return b.CreateFAdd(x, y);
    case Fn::Sub: return b.CreateFSub(x, y);
    case Fn::Mul: return b.CreateFMul(x, y);
    case Fn::Div: return b.CreateFDiv(x, y);
    case Fn::Mod: return float_mod(*this, x, y);
    case Fn::Max: return float_extreme(*this, true, x, y);
    case Fn::Min: return float_extreme(*this, false, x, y);
    default: return transcendental(*this, fn, t == DType::F64, a);
  }
}

Value* Code::apply_integer(Fn fn, DType t, llvm::ArrayRef<Value*> a) {
  Value* x = a[0];
  Value* y = a.size() > 1 ? a[1] : nullptr;
  bool with_sign = is_signed(t);
  llvm::Constant* zero = llvm::Constant::getNullValue(x->getType());
  switch (fn) {
    case Fn::Neg: return b.CreateNeg(x);
    case Fn::Abs: return with_sign ? b.CreateBinaryIntrinsic(Intrinsic::abs, x, b.getFalse()) : x;
    case Fn::Sign: {
      Value* positive = b.CreateZExt(b.CreateICmpNE(x, zero), x->getType());
      if (!with_sign) return positive;
      Value* sign = b.CreateSExt(b.CreateICmpSLT(x, zero), x->getType());
      return b.CreateOr(sign, positive);
    }
    case Fn::Floor:
    case Fn::Ceil:
    case Fn::Round: return x;
    case Fn::Not: return b.CreateNot(x);
    case Fn::Add: return b.CreateAdd(x, y);
    case Fn::Sub: return b.CreateSub(x, y);
    case Fn::Mul: return b.CreateMul(x, y);
    case Fn::Div:
    case Fn::Mod: return integer_divide(fn, with_sign, x, y);
    case Fn::Pow: return integer_power(with_sign, x, y);
    case Fn::Max: return b.CreateBinaryIntrinsic(with_sign ? Intrinsic::smax : Intrinsic::umax, x, y);
    case Fn::Min: return b.CreateBinaryIntrinsic(with_sign ? Intrinsic::smin : Intrinsic::umin, x, y);
    case Fn::And: return b.CreateAnd(x, y);
    case Fn::Or: return b.CreateOr(x, y);
    case Fn::Xor: return b.CreateXor(x, y);
    case Fn::ShiftLeft:
    case Fn::ShiftRight: return shift(*this, fn, with_sign, x, y);
    default: throw InternalError("no integer function " + std::string(name_of(fn)));
  }
}

// Arithmetic on 0 and 1 whose result is then tested for being other than 0.
Value* Code::apply_bool(Fn fn, llvm::ArrayRef<Value*> a) {
  Value* x = a[0];
  switch (fn) {
    case Fn::Not: return b.CreateNot(x);
    case Fn::Add:
    case Fn::Or:
    case Fn::Max: return b.CreateOr(x, a[1]);
    case Fn::ShiftRight: return b.CreateAnd(x, b.CreateNot(a[1]));
    case Fn::Mul:
    case Fn::Div:
    case Fn::And:
    case Fn::Min: return b.CreateAnd(x, a[1]);
    case Fn::Sub:
    case Fn::Xor: return b.CreateXor(x, a[1]);
    case Fn::Mod: return llvm::Constant::getNullValue(x->getType());
    case Fn::Pow: return b.CreateOr(x, b.CreateNot(a[1]));
    default: return x;
  }
}

// Rounds towards minus infinity; x/0 and x%0 are 0; the lowest number by -1 wraps.
Value* Code::integer_divide(Fn fn, bool with_sign, Value* x, Value* y) {
  Type* type = x->getType();
  llvm::Constant* zero = llvm::Constant::getNullValue(type);
  llvm::Constant* one = ConstantInt::get(type, 1);
  bool is_div = fn == Fn::Div;
  Value* by_zero = b.CreateICmpEQ(y, zero);
  if (!with_sign) {
    Value* safe = b.CreateSelect(by_zero, one, y);
    return b.CreateSelect(by_zero, zero, is_div ? b.CreateUDiv(x, safe) : b.CreateURem(x, safe));
  }
  Value* by_minus_one = b.CreateICmpEQ(y, llvm::Constant::getAllOnesValue(type));
  Value* safe = b.CreateSelect(b.CreateOr(by_zero, by_minus_one), one, y);
  Value* remainder = b.CreateSRem(x, safe);
  Value* below = b.CreateAnd(b.CreateICmpNE(remainder, zero), b.CreateICmpSLT(b.CreateXor(x, safe), zero));
  if (!is_div) {
    Value* r = b.CreateSelect(below, b.CreateAdd(remainder, safe), remainder);
    return b.CreateSelect(b.CreateOr(by_zero, by_minus_one), zero, r);
  }
  Value* q = b.CreateSub(b.CreateSDiv(x, safe), b.CreateZExt(below, type));
  return b.CreateSelect(by_zero, zero, b.CreateSelect(by_minus_one, b.CreateNeg(x), q));
}

Value* Code::integer_power(bool with_sign, Value* x, Value* y) {
  std::string name = with_sign ? "integer_power" : "unsigned_power";
  return helper(name, x->getType(), {x, y}, [&](llvm::ArrayRef<Value*> a) -> Value* {
    Type* type = a[0]->getType();
    llvm::Constant *zero = llvm::Constant::getNullValue(type), *one = ConstantInt::get(type, 1);
    llvm::BasicBlock* entry = b.GetInsertBlock();
    auto* loop = llvm::BasicBlock::Create(module.getContext(), "loop", entry->getParent());
    auto* done = llvm::BasicBlock::Create(module.getContext(), "done", entry->getParent());
    b.CreateBr(loop);
    b.SetInsertPoint(loop);
    llvm::PHINode *result = b.CreatePHI(type, 2), *base = b.CreatePHI(type, 2), *rest = b.CreatePHI(type, 2);
    Value* odd = b.CreateICmpNE(b.CreateAnd(rest, one), zero);
    Value* next = b.CreateSelect(odd, b.CreateMul(result, base), result);
    Value *square = b.CreateMul(base, base), *less = b.CreateLShr(rest, one);
    auto incoming = [&](llvm::PHINode* p, Value* first, Value* then) {
      p->addIncoming(first, entry);
      p->addIncoming(then, loop);
    };
    incoming(result, one, next);
    incoming(base, a[0], square);
    incoming(rest, a[1], less);
    b.CreateCondBr(any(b.CreateICmpNE(less, zero)), loop, done);
    b.SetInsertPoint(done);
    if (!with_sign) return next;
    Value* minus_one = llvm::Constant::getAllOnesValue(type);
    Value* odd_exponent = b.CreateICmpNE(b.CreateAnd(a[1], one), zero);
    Value* inverse =
        b.CreateSelect(b.CreateICmpEQ(a[0], minus_one), b.CreateSelect(odd_exponent, minus_one, one), zero);
    inverse = b.CreateSelect(b.CreateICmpEQ(a[0], one), one, inverse);
    return b.CreateSelect(b.CreateICmpSLT(a[1], zero), inverse, next);
  });
}

// Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, SC'11); the first word.
Value* Code::random_bits(Value* key0, Value* key1, Value* counter) {
  constexpr unsigned kRotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  Type* word = like(i32, counter);
  bool narrow = counter->getType() == word;
  Value* low = narrow ? counter : b.CreateTrunc(counter, word);
  Value* high = narrow ? b.CreateAShr(counter, ConstantInt::get(word, 31))
                       : b.CreateTrunc(b.CreateLShr(counter, ConstantInt::get(counter->getType(), 32)), word);
  Value* parity = ConstantInt::get(word, 0x1BD11BDAu);
  Value* keys[3] = {key0, key1, b.CreateXor(b.CreateXor(key0, key1), parity)};
  Value *x = b.CreateAdd(low, keys[0]), *y = b.CreateAdd(high, keys[1]);
  for (unsigned round = 0; round < 20; ++round) {
    x = b.CreateAdd(x, y);
    y = b.CreateIntrinsic(Intrinsic::fshl, {word}, {y, y, ConstantInt::get(word, kRotations[round % 8])});
    y = b.CreateXor(y, x);
    if (round % 4 != 3) continue;
    unsigned injection = round / 4 + 1;
    x = b.CreateAdd(x, keys[injection % 3]);
    y = b.CreateAdd(b.CreateAdd(y, keys[(injection + 1) % 3]), ConstantInt::get(word, injection));
  }
  return x;
}

}  // namespace tenon::codegen
