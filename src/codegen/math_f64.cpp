// The functions of math.h for f64, and remainders. The polynomials are made by tools/fit/math_f64.py.
#include "codegen/math.h"
#include "codegen/real.h"

namespace tenon::codegen::math::wide {

namespace {

constexpr double kLog2E = 0x1.71547652b82fep+0, kInf = expr::kInfinity;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kLn2High = 0x1.62e42fefa38p-1, kLn2Low = 0x1.ef35793c7673p-45;  // the first has 42 bits

/// x = n ln 2 + high + low.
struct Reduced {
  F high, low, n;
};
Reduced reduce_by_ln2(F x) {
  F n = nearest(x, kLog2E);
  F most = fma(n, -kLn2High, x), rest = n * kLn2Low;
  Pair r = fast_sum(most, -rest);
  return {r.high, r.low, n};
}

/// (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2, to 2^-56 of e^r.
F exp_rest(F r, int chains = 1) {
  return polynomial(r,
                    {0x1.000000000000ap-1, 0x1.55555555554fap-3, 0x1.555555555088cp-5, 0x1.1111111127ba5p-7,
                     0x1.6c16c1842675dp-10, 0x1.a01a012a66a2fp-13, 0x1.a0199a16c9bedp-16, 0x1.71df2540f214ep-19,
                     0x1.28ad68b926564p-22, 0x1.ad7f704b7ae83p-26},
                    chains);
}
/// The same to 2^-56 of e^r - 1.
F expm1_rest(F r) {
  return polynomial(r,
                    {0x1.0000000000001p-1, 0x1.5555555555557p-3, 0x1.5555555554d3fp-5, 0x1.11111111100eap-7,
                     0x1.6c16c16f0993dp-10, 0x1.a01a01abe12d4p-13, 0x1.a019f398f4c6dp-16, 0x1.71de024534cd4p-19,
                     0x1.280222a071783p-22, 0x1.af4dc3e244f9ep-26, 0x1.e63262504cfe0p-30},
                    2);
}

F exp_of(F x) {
  x = at_least(at_most(x, 710), -746);
  F n = nearest(x, kLog2E);
  F r = fma(n, -kLn2Low, fma(n, -kLn2High, x));
  return scaled(fma(r * r, exp_rest(r), r) + 1, n);
}

/// e^x - 1 for -40 <= x <= 710.
F expm1_of(F x) {
  F a = at_least(at_most(x, 710), -40);
  Reduced k = reduce_by_ln2(a);
  F m = k.high + fma(k.high * k.high, expm1_rest(k.high), k.low);
  F half = power_of_two(k.n - 1);
  F y = fma(half, m, half - 0.5);
  return choose(less(magnitude(x), 0x1p-60), x, y + y);
}

/// log(2^n (1 + f)) for 1 + f in [sqrt(1/2), sqrt(2)), from 2 atanh(s) with s = f / (2 + f), as
/// f - (f^2/2 - s (f^2/2 + rest)); `low` is far below f.
F log_from_parts(F f, F n, F low) {
  F s = f / (f + 2), z = s * s, square = f * f * 0.5;
  F rest = z * polynomial(z,
                          {0x1.5555555555592p-1, 0x1.999999997fdb7p-2, 0x1.24924941f1311p-2, 0x1.c71c5209524eap-3,
                           0x1.74663eeacdd62p-3, 0x1.39a1ba7682468p-3, 0x1.2f056631b8478p-3},
                          2);
  F small = fma(s, square + rest, fma(n, kLn2Low, low));
  return fma(n, kLn2High, f - (square - small));
}

/// Of positive numbers, denormal ones too.
Parts split_any(F x) {
  Value* denormal = less(x, 0x1p-1022);
  Parts p = split(choose(denormal, x * 0x1p54, x));
  return {p.m, choose(denormal, p.n - 54, p.n)};
}

F log_of(F x) {
  Parts p = split_any(x);
  return at_limits_of_log(x, log_from_parts(p.m - 1, p.n, x.of(0)));
}

/// What 1 + x has lost is added to the fraction.
F log1p_of(F x) {
  Pair u = sum(x.of(1), x);
  Parts p = split(u.high);
  Pair f = sum(p.m - 1, u.low * power_of_two(-at_most(p.n, 1000)));
  F y = log_from_parts(f.high, p.n, f.low - f.low * f.high);
  y = choose(equal(x, 0), x, y);
  return at_limits_of_log(u.high, y);
}

/// (a.high + a.low) / (b.high + b.low) to one rounding and a little.
F quotient(Pair a, Pair b) {
  F inverse = b.high.of(1) / b.high, q = a.high * inverse;
  F rest = residual(a.high, q, b.high) + (a.low - q * b.low);
  return fma(rest, inverse, q);
}

/// t / (t + 2) for t = e^(2 |x|) - 1.
F tanh_of(F x) {
  F a = at_most(magnitude(x), 20);
  Reduced k = reduce_by_ln2(a + a);
  Pair m = fast_sum(k.high, fma(k.high * k.high, expm1_rest(k.high), k.low));
  F scale = power_of_two(k.n);
  Pair t = sum(scale - 1, m.high * scale);
  t.low = fma(m.low, scale, t.low);
  Pair d = sum(t.high, x.of(2));
  F y = quotient(t, {d.high, d.low + t.low});
  return with_sign(choose(less(a, 0x1p-60), a, y), x);
}

F sigmoid_of(F x) {
  F e = exp_of(-magnitude(x));
  Pair d = fast_sum(x.of(1), e);
  return quotient({choose(less(x, 0), e, x.of(1)), x.of(0)}, d);
}

/// A polynomial up to 1; from there 1 - e^q(|x| - 1), where q is the logarithm of 1 - erf.
F erf_of(F x) {
  F a = magnitude(x), z = x * x;
  F small = fma(x,
                polynomial(z,
                           {0x1.06eba8214db69p-3, -0x1.812746b0379e6p-2, 0x1.ce2f21a042b34p-4, -0x1.b82ce31284f37p-6,
                            0x1.565bcd0dbd8edp-8, -0x1.c02db3db48f68p-11, 0x1.f9a321e4ac1e7p-14, -0x1.f4d1e433fa1d1p-17,
                            0x1.b9df3054c23d5p-20, -0x1.5f1f40c5582a7p-23, 0x1.f7b99bbd5b074p-27,
                            -0x1.38ac1e8d4c1a4p-30, 0x1.0627523dda11bp-34},
                           2),
                x);
  F q = polynomial(at_least(at_most(a, 6), 1) - 1,
                   {-0x1.d97fbf27aa2a1p+0,  -0x1.51c9b0006c23cp+1,  -0x1.afabc11a29042p-1,  -0x1.5477f09c8e7e0p-5,
                    0x1.48c9d40674cd3p-7,   -0x1.033f68e35435dp-9,  0x1.f1b4827793f8dp-13,  0x1.b8c4a6d9cbaaep-16,
                    -0x1.c769c20c076abp-16, 0x1.419509a7dfc4ap-17,  -0x1.101cf98ea2032p-19, 0x1.de450a74abdb7p-24,
                    0x1.03455994be5cap-23,  -0x1.16bd5e1af3029p-24, 0x1.5bcd77fd06f8bp-26,  -0x1.346632fb2f537p-28,
                    0x1.8bb1039705587p-31,  -0x1.5f8a127def051p-34, 0x1.838bdc33c989ap-38,  -0x1.8eee67c907980p-43},
                   4);
  F n = nearest(q, kLog2E);
  F r = fma(n, -kLn2Low, fma(n, -kLn2High, q));
  F complement = fma(fma(r * r, exp_rest(r, 2), r), power_of_two(n), power_of_two(n));
  return choose(less(a, 1), small, with_sign(x.of(1) - complement, x));
}

/// sin(x + quarter * pi/2).
F sine_of(F x, int quarter) {
  Angle angle = reduced_angle(x);
  Words w(x);
  auto& b = x.c->b;
  F r = angle.high, z = r * r, half = z * 0.5, one_less = x.of(1) - half;
  F s = polynomial(z, {-0x1.5555555555549p-3, 0x1.111111110f881p-7, -0x1.a01a019c126c3p-13, 0x1.71de357875284p-19,
                       -0x1.ae5e66d55bfebp-26, 0x1.5d932f62d51abp-33});
  F c = polynomial(z, {0x1.555555555554cp-5, -0x1.6c16c16c15184p-10, 0x1.a01a019cb26e8p-16, -0x1.27e4f80a7600fp-22,
                       0x1.1ee9ec477586ap-29, -0x1.8faecf0fce9ffp-37});
  F sine = fma(z * r, s, angle.low * one_less) + r;
  F cosine = one_less + (((x.of(1) - one_less) - half) + fma(z * z, c, -(r * angle.low)));
  Value* q = b.CreateAdd(angle.quarter, w.word(quarter));
  Value* is_cosine = b.CreateICmpNE(b.CreateAnd(q, w.word(1)), w.word(0));
  Value* sign = b.CreateShl(b.CreateAnd(q, w.word(2)), w.word(62));
  F y = w.real(b.CreateXor(w.bits(choose(is_cosine, cosine, sine)), sign), x);
  return quarter ? y : choose(equal(x, 0), x, y);
}

/// log2 of a positive number to about 2^-64 of it: n + 2 / ln 2 * atanh(s), s = (m - 1) / (m + 1), of which the first
/// two terms are pairs.
Pair precise_log2(F x) {
  Parts p = split_any(x);
  F f = p.m - 1;
  Pair g = fast_sum(x.of(1), p.m);
  F inverse = x.of(1) / g.high, s = f * inverse;
  F s_low = (residual(f, s, g.high) - s * g.low) * inverse;
  Pair z = product(s, s);
  z.low = fma(s + s, s_low, z.low);
  F rest = polynomial(z.high,
                      {0x1.9999999999996p-3, 0x1.2492492493034p-3, 0x1.c71c71c580883p-4, 0x1.745d1832436b1p-4,
                       0x1.3b1362ba2bb54p-4, 0x1.1120b500b5d5ep-4, 0x1.de338a80383bdp-5, 0x1.eb1047c697205p-5},
                      2);
  Pair t = fast_sum(x.of(0x1.5555555555555p-2), z.high * rest);
  t.low = fma(z.low, rest, t.low + 0x1.5555555555555p-56);
  Pair w = product(z.high, t.high);
  w.low = w.low + fma(z.high, t.low, z.low * t.high);
  Pair more = product(s, w.high);
  more.low = more.low + fma(s, w.low, fma(s_low, w.high, s_low));
  Pair v = fast_sum(s, more.high);
  v.low = v.low + more.low;
  Pair l = product(v.high, 0x1.71547652b82fep+1);
  l.low = l.low + fma(v.high, 0x1.777d0ffda0d24p-55, v.low * 0x1.71547652b82fep+1);
  Pair all = fast_sum(p.n, l.high);
  return {all.high, all.low + l.low};
}

/// 2^(y log2 x) for x >= 0.
F power_of_magnitude(F x, F y) {
  Pair l = precise_log2(x);
  Value* limit = x.c->b.CreateOr(equal(x, 0), equal(x, kInf));
  l.high = choose(equal(x, 0), x.of(-kInf), choose(equal(x, kInf), x, l.high));
  Pair e = product(l.high, y);
  e.low = fma(l.low, y, e.low);
  constexpr double kMost = 1100;  // beyond this the result is 0 or infinite
  Value* far = x.c->b.CreateOr(limit, x.c->b.CreateFCmpUGE(magnitude(e.high), x.of(kMost)));
  e.low = choose(far, x.of(0), e.low);
  e.high = at_least(at_most(e.high, kMost), -kMost);
  F n = nearest(e.high, 1);
  Pair r = sum(e.high - n, e.low);
  Pair a = product(r.high, 0x1.62e42fefa39efp-1);
  F low = a.low + fma(r.low, 0x1.62e42fefa39efp-1, r.high * 0x1.abc9e3b39803fp-56);
  return scaled((a.high + fma(a.high * a.high, exp_rest(a.high, 2), low)) + 1, n);
}

/// pi/4 * eighths + atan(q) with the sign that it must have; q is the smaller of |x|, |y| by the larger one, or, from
/// tan(pi/8) on, their difference by their sum.
F atan2_of(F y, F x) {
  auto& b = x.c->b;
  F a = magnitude(y), d = magnitude(x);
  Value* steep = b.CreateFCmpOGT(a, d);
  F most = choose(steep, a, d), least = choose(steep, d, a);
  Value* infinite = equal(most, kInf);
  least = choose(infinite, choose(equal(least, kInf), x.of(1), x.of(0)), least);
  most = choose(b.CreateOr(infinite, equal(most, 0)), x.of(1), most);
  // So that neither a sum nor an inverse overflows.
  F unit = choose(greater(most, 0x1p900), x.of(0x1p-200), choose(less(most, 0x1p-600), x.of(0x1p200), x.of(1)));
  most = most * unit;
  least = least * unit;
  // Products of very small numbers would lose what is split off; the quotient is so small then that it is the angle.
  Value* tiny = x.c->cpu.fma ? nullptr : b.CreateAnd(less(least, 0x1p-900), greater(most, 0x1p-600));
  if (tiny) least = choose(tiny, least * 0x1p120, least);
  Value* diagonal = b.CreateFCmpOGT(least, most * 0x1.a827999fcef32p-2);
  Pair below = fast_sum(most, least), above = fast_sum(most, -least);
  below = {choose(diagonal, below.high, most), choose(diagonal, below.low, x.of(0))};
  above = {choose(diagonal, -above.high, least), choose(diagonal, -above.low, x.of(0))};
  F inverse = x.of(1) / below.high, q = above.high * inverse;
  F q_low = (residual(above.high, q, below.high) + (above.low - q * below.low)) * inverse;
  F z = q * q;
  F rest = fma(z * q,
               polynomial(z,
                          {-0x1.555555555553dp-2, 0x1.99999999958fap-3, -0x1.24924922b183ap-3, 0x1.c71c70e7caa96p-4,
                           -0x1.745cf90fcf6adp-4, 0x1.3b111cbaff9d5p-4, -0x1.10ebe19195025p-4, 0x1.df11a276c7472p-5,
                           -0x1.9cdd36bd81e71p-5, 0x1.37f001aaf48f8p-5, -0x1.25a3704d1f5d6p-6},
                          2),
               q_low);
  if (tiny) {
    const F back = choose(tiny, x.of(0x1p-120), x.of(1));
    q = q * back;
    rest = rest * back;
  }
  // Reflection at pi/4 and at pi/2.
  Words w(x);
  Value* left = b.CreateICmpSLT(w.bits(x), w.word(0));
  F eighths = choose(diagonal, x.of(1), x.of(0));
  eighths = choose(steep, x.of(2) - eighths, eighths);
  eighths = choose(left, x.of(4) - eighths, eighths);
  F turn = choose(b.CreateXor(steep, left), x.of(-1), x.of(1));
  F low = fma(rest, turn, eighths * 0x1.1a62633145c07p-55);
  F at = eighths * 0x1.921fb54442d18p-1;  // exact for 0 to 4
  F r = at + fma(q, turn, low);
  return with_sign(choose(b.CreateFCmpUNO(x, y), x.of(kNaN), r), y);
}

/// x = m 2^n for positive x; m is a multiple of 1 from 2^52 on, and of 1/2 below.
Parts integer_parts(F x) {
  Parts p = split_any(x);
  return {p.m * 0x1p52, p.n - 52};
}

/// x modulo y for any x and y by long division of the mantissas, 48 bits of the quotient at a time; every step is
/// exact.
F long_remainder_of(F x, F y) {
  Code& c = *x.c;
  auto& b = c.b;
  F ax = magnitude(x), ay = magnitude(y);
  Parts r = integer_parts(ax), d = integer_parts(ay);
  Value* less_already = b.CreateFCmpOLT(ax, ay);
  Value* undefined = b.CreateOr(b.CreateOr(equal(ay, 0), equal(ax, kInf)), b.CreateFCmpUNO(x, y));
  Value* skip = b.CreateOr(b.CreateOr(less_already, undefined), equal(ay, kInf));
  F inverse = x.of(1) / d.m;
  F distance = choose(skip, x.of(0), r.n - d.n);

  llvm::BasicBlock* entry = b.GetInsertBlock();
  auto* loop = llvm::BasicBlock::Create(c.module.getContext(), "loop", entry->getParent());
  auto* done = llvm::BasicBlock::Create(c.module.getContext(), "done", entry->getParent());
  b.CreateBr(loop);
  b.SetInsertPoint(loop);
  llvm::PHINode *rest = b.CreatePHI(x.v->getType(), 2), *way = b.CreatePHI(x.v->getType(), 2);
  F left{&c, way}, shift = at_most(left, 48);
  F t = F{&c, rest} * power_of_two(shift);
  F q = nearest(t * inverse, 1);
  F next = residual(t, q, d.m);
  next = choose(less(next, 0), next + d.m, next);
  F left_then = left - shift;
  rest->addIncoming(r.m, entry);
  way->addIncoming(distance, entry);
  rest->addIncoming(next, loop);
  way->addIncoming(left_then, loop);
  b.CreateCondBr(c.any(greater(left_then, 0)), loop, done);
  b.SetInsertPoint(done);
  F result = choose(b.CreateOr(less_already, equal(ay, kInf)), ax, scaled(next, d.n));
  return with_sign(choose(undefined, x.of(kNaN), result), x);
}

/// One step of that on the numbers themselves where the quotient is short and nothing leaves the range of normal
/// numbers.
F remainder_of(F x, F y) {
  Code& c = *x.c;
  auto& b = c.b;
  F ax = magnitude(x), ay = magnitude(y);
  F r = residual(ax, nearest(ax / ay, 1), ay);
  r = with_sign(choose(less(r, 0), r + ay, r), x);
  Value* usual = b.CreateAnd(b.CreateFCmpOLT(ax, ay * 0x1p48), b.CreateFCmpOGT(ay, x.of(0x1p-900)));
  usual = b.CreateAnd(usual, b.CreateAnd(less(ax, 0x1p900), less(ay, 0x1p900)));
  llvm::BasicBlock* before = b.GetInsertBlock();
  auto* rare = llvm::BasicBlock::Create(c.module.getContext(), "rare", before->getParent());
  auto* join = llvm::BasicBlock::Create(c.module.getContext(), "join", before->getParent());
  b.CreateCondBr(c.any(b.CreateNot(usual)), rare, join);
  b.SetInsertPoint(rare);
  Value* slow = c.helper("long_fmod", x.v->getType(), {x, y},
                         [&](llvm::ArrayRef<Value*> a) -> Value* { return long_remainder_of({&c, a[0]}, {&c, a[1]}); });
  b.CreateBr(join);
  b.SetInsertPoint(join);
  llvm::PHINode* result = b.CreatePHI(x.v->getType(), 2);
  result->addIncoming(r, before);
  result->addIncoming(slow, rare);
  return {&c, result};
}

template <class Formula, class... Args>
Value* called(Code& c, const char* name, Formula formula, Args... args) {
  return c.helper(name, std::get<0>(std::tuple(args...))->getType(), {args...},
                  [&](llvm::ArrayRef<Value*> a) -> Value* {
                    if constexpr (sizeof...(Args) == 1)
                      return formula(F{&c, a[0]});
                    else
                      return formula(F{&c, a[0]}, F{&c, a[1]});
                  });
}

}  // namespace

Value* exp(Code& c, Value* x) { return exp_of({&c, x}); }

Value* log(Code& c, Value* x) { return called(c, "log", log_of, x); }
Value* log1p(Code& c, Value* x) { return called(c, "log1p", log1p_of, x); }
Value* expm1(Code& c, Value* x) { return called(c, "expm1", expm1_of, x); }
Value* tanh(Code& c, Value* x) { return called(c, "tanh", tanh_of, x); }
Value* sigmoid(Code& c, Value* x) { return called(c, "sigmoid", sigmoid_of, x); }
Value* erf(Code& c, Value* x) { return called(c, "erf", erf_of, x); }
Value* sin(Code& c, Value* x) {
  return called(c, "sine", [](F a) { return sine_of(a, 0); }, x);
}
Value* cos(Code& c, Value* x) {
  return called(c, "cosine", [](F a) { return sine_of(a, 1); }, x);
}
Value* pow(Code& c, Value* x, Value* y) {
  return called(c, "power", [](F a, F b) { return signed_power(a, b, power_of_magnitude(magnitude(a), b)); }, x, y);
}
Value* atan2(Code& c, Value* y, Value* x) { return called(c, "atan2", atan2_of, y, x); }
Value* fmod(Code& c, Value* x, Value* y) { return called(c, "fmod", remainder_of, x, y); }

}  // namespace tenon::codegen::math::wide
