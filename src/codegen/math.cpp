#include "codegen/math.h"

#include "codegen/math_tables.h"
#include "codegen/real.h"

namespace tenon::codegen::math {

namespace {

using llvm::Type;

constexpr double kInf = expr::kInfinity;

/// x = n ln 2 + r.
struct Reduced {
  F r, n;
};
Reduced reduce_by_ln2(F x) {
  F n = nearest(x, kLog2E);
  return {fma(n, -kLn2Low, fma(n, -kLn2High, x)), n};
}

F exp_of(F x) {
  if (has_tables(x)) return exp_by_table(x);
  Reduced k = reduce_by_ln2(at_least(at_most(x, 89), -105));
  F q = polynomial(k.r, {5.000000096e-01, 1.666651831e-01, 4.166620413e-02, 8.368953501e-03, 1.395060309e-03});
  return scaled(fma(k.r * k.r, q, k.r) + 1, k.n);
}

F expm1_of(F x) {
  Reduced k = reduce_by_ln2(at_least(at_most(x, 89), -25));
  F q = polynomial(
      k.r, {5.000000047e-01, 1.666666682e-01, 4.166635354e-02, 8.333272828e-03, 1.394110215e-03, 1.991430411e-04});
  F m = fma(k.r * k.r, q, k.r);
  F scale = power_of_two(k.n - 1);
  F y = fma(scale, m, scale - 0.5);
  return choose(less(magnitude(x), 0x1p-30), x, y + y);
}

/// log(2^n (1 + f)) for 1 + f in [sqrt(1/2), sqrt(2)).
F log_from_parts(F f, F n) {
  F f2 = f * f;
  F q = polynomial(f, {3.333331045e-01, -2.499998658e-01, 2.000222631e-01, -1.666925181e-01, 1.421866400e-01,
                       -1.238433506e-01, 1.187292438e-01, -1.178986583e-01, 6.915545921e-02});
  F y = fma(f2, -0.5, fma(f2 * f, q, n * kLn2Low));
  return fma(n, kLn2High, f + y);
}

F log_of(F x) {
  Value* denormal = less(x, 0x1p-126);
  Parts p = split(choose(denormal, x * 0x1p25, x));
  return at_limits_of_log(x, log_from_parts(p.m - 1, choose(denormal, p.n - 25, p.n)));
}

/// What 1 + x has lost is added to the fraction.
F log1p_of(F x) {
  Pair u = sum(x.of(1), x);
  Parts p = split(u.high);
  F y = log_from_parts(fma(u.low, power_of_two(-at_most(p.n, 120)), p.m - 1), p.n);
  return at_limits_of_log(u.high, choose(equal(x, 0), x, y));
}

F tanh_of(F x) {
  F t = expm1_of(at_most(magnitude(x), 10) * 2);
  return with_sign(t / (t + 2), x);
}

F sigmoid_of(F x) {
  F e = exp_of(x.of(0) - magnitude(x));
  return choose(less(x, 0), e, x.of(1)) / (e + 1);
}

F erf_of(F x) {
  if (has_tables(x)) return erf_by_table(x);
  F a = magnitude(x), z = x * x;
  F small = x * polynomial(z, {1.128379167e+00, -3.761263848e-01, 1.128378275e-01, -2.686544583e-02, 5.221074889e-03,
                               -8.484711611e-04, 1.127054568e-04, -9.680139791e-06});
  F complement =
      exp_of(polynomial(at_most(a, 4), {1.880361670e-04, -1.129578406e+00, -6.332199264e-01, -1.084185436e-01,
                                        2.520823662e-02, -4.204554810e-03, 4.413350262e-04, -2.168674143e-05}));
  return choose(less(a, 1), small, with_sign(x.of(1) - complement, x));
}

/// sin(x + quarter * pi/2); the argument is reduced in f64.
F sine_of(F x, int quarter) {
  Code& c = *x.c;
  Angle angle = reduced_angle({&c, c.b.CreateFPExt(x, c.like(c.f64, x.v))});
  F r{&c, c.b.CreateFPTrunc(angle.high, x.v->getType())};
  Words w(x);
  Value* q = c.b.CreateAdd(c.b.CreateTrunc(angle.quarter, w.type), w.word(quarter));
  F z = r * r;
  F s = fma(r * z, polynomial(z, {-1.666666664e-01, 8.333329362e-03, -1.983932713e-04, 2.718237263e-06}), r);
  F t = fma(z * z, polynomial(z, {4.166666662e-02, -1.388888372e-03, 2.479951177e-05, -2.720954795e-07}),
            fma(z, -0.5, 1.0));
  Value* is_cosine = c.b.CreateICmpNE(c.b.CreateAnd(q, w.word(1)), w.word(0));
  Value* sign = c.b.CreateShl(c.b.CreateAnd(q, w.word(2)), w.word(30));
  F y = w.real(c.b.CreateXor(w.bits(choose(is_cosine, t, s)), sign), x);
  return quarter ? y : choose(equal(x, 0), x, y);
}

/// 2^(y log2 |x|), in f64.
F power_of_magnitude(F ax, F y) {
  Code& c = *ax.c;
  Type* wide = c.like(c.f64, ax.v);
  F a{&c, c.b.CreateFPExt(ax, wide)}, e{&c, c.b.CreateFPExt(y, wide)};
  Parts p = split(a);
  F s = (p.m - 1) / (p.m + 1);
  F log2 =
      fma(s,
          polynomial(s * s, {0x1.71547652b82fep+1, 0x1.ec709dc3a047fp-1, 0x1.2776c50ee34dfp-1, 0x1.a61762d718c26p-2,
                             0x1.484afb4596bfdp-2, 0x1.0ca16b1d505c4p-2, 0x1.c46bebd631006p-3, 0x1.b5a89cf417d04p-3}),
          p.n);
  log2 = choose(equal(a, 0), a.of(-kInf), choose(equal(a, kInf), a, log2));
  F t = at_least(at_most(e * log2, 200), -200);
  F k = nearest(t, 1);
  F r = polynomial(t - k, {0x1.000000000007bp+0, 0x1.62e42fef848e2p-1, 0x1.ebfbdff8051b9p-3, 0x1.c6b08dd79e5f6p-5,
                           0x1.3b2ab73e7e613p-7, 0x1.5d8744e672465p-10, 0x1.43086f166827dp-13, 0x1.00dcca65a0e49p-16,
                           0x1.640ea97790dd9p-20});
  return {&c, c.b.CreateFPTrunc(r * power_of_two(k), ax.v->getType())};
}

/// (high + low) - t, for a constant of two floats.
F subtract_from(double high, double low, F t) { return (t.of(high) - t) + low; }

F atan2_of(F y, F x) {
  Code& c = *x.c;
  F a = magnitude(y), b = magnitude(x);
  Value* steep = c.b.CreateFCmpOGT(a, b);
  F most = choose(steep, a, b), least = choose(steep, b, a);
  F r = choose(c.b.CreateFCmpOEQ(least, most), x.of(1), least / most);  // also inf / inf
  r = choose(equal(most + least, 0), x.of(0), r);                       // not 0 / 0
  F z = r * r;
  F t = fma(r * z,
            polynomial(z, {-3.333329856e-01, 1.999854892e-01, -1.426424235e-01, 1.095218584e-01, -8.403450996e-02,
                           5.795760453e-02, -3.117785603e-02, 1.091461070e-02, -1.793622854e-03}),
            r);
  t = choose(steep, subtract_from(1.57079637050628662, -4.37113900018624283e-8, t), t);
  Words w(x);
  Value* left = c.b.CreateICmpSLT(w.bits(x), w.word(0));
  return with_sign(choose(left, subtract_from(3.14159274101257324, -8.74227800037248566e-8, t), t), y);
}

}  // namespace

Value* exp(Code& c, Value* x) { return exp_of({&c, x}); }
Value* log(Code& c, Value* x) { return log_of({&c, x}); }
Value* log1p(Code& c, Value* x) { return log1p_of({&c, x}); }
Value* expm1(Code& c, Value* x) { return expm1_of({&c, x}); }
Value* tanh(Code& c, Value* x) { return tanh_of({&c, x}); }
Value* sigmoid(Code& c, Value* x) { return sigmoid_of({&c, x}); }
Value* erf(Code& c, Value* x) { return erf_of({&c, x}); }
Value* sin(Code& c, Value* x) {
  return c.helper("sine", x->getType(), {x}, [&](llvm::ArrayRef<Value*> a) { return sine_of({&c, a[0]}, 0); });
}
Value* cos(Code& c, Value* x) {
  return c.helper("cosine", x->getType(), {x}, [&](llvm::ArrayRef<Value*> a) { return sine_of({&c, a[0]}, 1); });
}
Value* pow(Code& c, Value* x, Value* y) {
  return c.helper("power", x->getType(), {x, y}, [&](llvm::ArrayRef<Value*> a) -> Value* {
    F base{&c, a[0]}, exponent{&c, a[1]};
    return signed_power(base, exponent, power_of_magnitude(magnitude(base), exponent));
  });
}

Value* atan2(Code& c, Value* y, Value* x) { return atan2_of({&c, y}, {&c, x}); }

}  // namespace tenon::codegen::math
