// Formulas of floats as LLVM IR: arithmetic with operators, error-free sums and products, words of their bits.
#pragma once
#include <llvm/IR/Intrinsics.h>

#include <initializer_list>

#include "codegen/code.h"

namespace tenon::codegen::math {

using llvm::Value;

/// A float or a vector of floats, f32 or f64. Operators round as their type does.
struct F {
  Code* c;
  Value* v;
  operator Value*() const { return v; }
  F of(double x) const { return {c, llvm::ConstantFP::get(v->getType(), x)}; }
  bool wide() const { return v->getType()->getScalarType()->isDoubleTy(); }
};
inline F operator+(F x, F y) { return {x.c, x.c->b.CreateFAdd(x, y)}; }
inline F operator-(F x, F y) { return {x.c, x.c->b.CreateFSub(x, y)}; }
inline F operator*(F x, F y) { return {x.c, x.c->b.CreateFMul(x, y)}; }
inline F operator/(F x, F y) { return {x.c, x.c->b.CreateFDiv(x, y)}; }
inline F operator+(F x, double y) { return x + x.of(y); }
inline F operator-(F x, double y) { return x - x.of(y); }
inline F operator*(F x, double y) { return x * x.of(y); }
inline F operator-(F x) { return {x.c, x.c->b.CreateFNeg(x)}; }
/// x * y + z; one rounding where the processor fuses, two elsewhere.
inline F fma(F x, F y, F z) { return {x.c, x.c->multiply_add(x, y, z)}; }
inline F fma(F x, double y, F z) { return fma(x, x.of(y), z); }
inline F fma(F x, double y, double z) { return fma(x, x.of(y), x.of(z)); }
inline F magnitude(F x) { return {x.c, x.c->unary_intrinsic(llvm::Intrinsic::fabs, x)}; }
inline F with_sign(F x, F sign) { return {x.c, x.c->b.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, x, sign)}; }
inline F choose(Value* condition, F yes, F no) { return {yes.c, yes.c->b.CreateSelect(condition, yes, no)}; }
inline Value* less(F x, double y) { return x.c->b.CreateFCmpOLT(x, x.of(y)); }
inline Value* less(F x, F y) { return x.c->b.CreateFCmpOLT(x, y); }
inline Value* greater(F x, double y) { return x.c->b.CreateFCmpOGT(x, x.of(y)); }
inline Value* equal(F x, double y) { return x.c->b.CreateFCmpOEQ(x, x.of(y)); }
/// NaN stays NaN.
inline F at_most(F x, double y) { return choose(greater(x, y), x.of(y), x); }
inline F at_least(F x, double y) { return choose(less(x, y), x.of(y), x); }
/// floor, ceil or rint (by the intrinsic's number), also where the processor has no instruction for them.
F whole(unsigned intrinsic, F x);
inline Value* is_integer(F x) { return x.c->b.CreateFCmpOEQ(whole(llvm::Intrinsic::floor, x), x); }

/// c[0] + c[1] x + …, by Horner's rule; with 2 or 4 chains as so many polynomials in a power of x, which do not wait
/// for one another.
inline F polynomial(F x, std::initializer_list<double> c, int chains = 1) {
  const F power = chains == 1 ? x : chains == 2 ? x * x : (x * x) * (x * x);
  F part[4] = {x, x, x, x};
  for (int first = 0; first < chains; ++first) {
    int k = first + (static_cast<int>(c.size()) - 1 - first) / chains * chains;
    F r = x.of(c.begin()[k]);
    while ((k -= chains) >= 0) r = fma(r, power, x.of(c.begin()[k]));
    part[first] = r;
  }
  if (chains == 1) return part[0];
  const F low = fma(part[1], x, part[0]);
  return chains == 2 ? low : fma(fma(part[3], x, part[2]), x * x, low);
}

/// A number as the sum of two floats of which the second is below the last place of the first.
struct Pair {
  F high, low;
};
/// a + b for |a| >= |b| or a = 0 (Dekker 1971).
inline Pair fast_sum(F a, F b) {
  F s = a + b;
  return {s, b - (s - a)};
}
/// a + b (Knuth).
inline Pair sum(F a, F b) {
  F s = a + b, t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}
/// a * b; where it is not fused by Veltkamp's splitting, which f64 beyond 2^996 overflows.
inline Pair product(F a, F b) {
  F p = a * b;
  if (a.c->cpu.fma) return {p, fma(a, b, -p)};
  auto split = [](F x) {
    F t = x * (x.wide() ? 0x1p27 + 1 : 0x1p12 + 1), high = t - (t - x);
    return Pair{high, x - high};
  };
  Pair x = split(a), y = split(b);
  return {p, x.low * y.low - (((p - x.high * y.high) - x.low * y.high) - x.high * y.low)};
}
inline Pair product(F a, double b) { return product(a, a.of(b)); }
/// t - a * b, without error where that is a float near t or smaller.
inline F residual(F t, F a, F b) {
  if (a.c->cpu.fma) return fma(-a, b, t);
  Pair p = product(a, b);
  return (t - p.high) - p.low;
}
inline F residual(F t, F a, double b) { return residual(t, a, a.of(b)); }

/// Integer words as wide as the elements of a float type.
struct Words {
  Code& c;
  llvm::Type* type;
  int mantissa, bias;
  explicit Words(F x) : c(*x.c), type(c.like(x.wide() ? c.i64 : c.i32, x.v)) {
    mantissa = x.wide() ? 52 : 23;
    bias = x.wide() ? 1023 : 127;
  }
  Value* word(i64 v) const { return llvm::ConstantInt::getSigned(type, v); }
  Value* bits(F x) const { return c.b.CreateBitCast(x, type); }
  F real(Value* bits, F like) const { return {&c, c.b.CreateBitCast(bits, like.v->getType())}; }
  /// 2^n for n in the range of normal numbers.
  F power_of_two(Value* n, F like) const {
    return real(c.b.CreateShl(c.b.CreateAdd(n, word(bias)), word(mantissa)), like);
  }
};

/// 1.5 * 2^mantissa: what is added to it is rounded to an integer, which stands in the low bits of the sum.
inline double magic(F x) { return x.wide() ? 0x1.8p52 : 0x1.8p23; }

/// x * y rounded to an integer, for results below 2^(mantissa - 2). NaN stays NaN.
inline F nearest(F x, double y) { return fma(x, y, magic(x)) - magic(x); }

/// 2^n for an integer n in the range of normal numbers. The bits of `magic` above the integer are shifted out.
inline F power_of_two(F n) {
  Words w(n);
  Value* biased = w.c.b.CreateAdd(w.bits(n + magic(n)), w.word(w.bias));
  return w.real(w.c.b.CreateShl(biased, w.word(w.mantissa)), n);
}

/// p * 2^n, also where that is denormal or infinite. n may be as large as 2.3 times the largest exponent.
F scaled(F p, F n);

/// x = 2^n * m with m in [sqrt(1/2), sqrt(2)), for normal x > 0.
struct Parts {
  F m, n;
};
Parts split(F x);

/// The limits of log(x) and log1p(x - 1).
inline F at_limits_of_log(F x, F y) {
  y = choose(equal(x, expr::kInfinity), x, y);
  y = choose(equal(x, 0), x.of(-expr::kInfinity), y);
  return choose(x.c->b.CreateFCmpULT(x, x.of(0)), x.of(std::numeric_limits<double>::quiet_NaN()), y);
}

/// x^y from |x|^y.
F signed_power(F x, F y, F of_magnitude);

/// x - quarter * pi/2 as a pair and, in the last two bits of a word, the quarter; |high| is at most a little more than
/// pi/4. Right for all finite x; NaN gives NaN, and infinities do. The argument is f64, whatever its caller is.
struct Angle {
  F high, low;
  Value* quarter;
};
Angle reduced_angle(F x);

}  // namespace tenon::codegen::math
