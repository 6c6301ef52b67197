#include "codegen/real.h"

#include <llvm/IR/IntrinsicsX86.h>

namespace tenon::codegen::math {

F whole(unsigned intrinsic, F x) {
  if (x.c->cpu.fma || !x.c->cpu.triple.starts_with("x86_64")) return {x.c, x.c->unary_intrinsic(intrinsic, x)};
  auto& b = x.c->b;
  double integers = x.wide() ? 0x1p52 : 0x1p23;  // from here on there is nothing behind the point
  F a = magnitude(x), r = with_sign((a + integers) - integers, x);
  if (intrinsic == llvm::Intrinsic::floor) r = choose(b.CreateFCmpOGT(r, x), r - 1, r);
  if (intrinsic == llvm::Intrinsic::ceil) r = with_sign(choose(b.CreateFCmpOLT(r, x), r + 1, r), x);
  return choose(less(a, integers), r, x);
}

F scaled(F p, F n) {
  auto& b = p.c->b;
  if (p.c->cpu.triple.starts_with("x86_64") && Code::lanes_of(p.v) * (p.wide() ? 64 : 32) == 512 &&
      p.c->cpu.vector_bits >= 512) {
    unsigned lanes = Code::lanes_of(p.v);
    auto id =
        p.wide() ? llvm::Intrinsic::x86_avx512_mask_scalef_pd_512 : llvm::Intrinsic::x86_avx512_mask_scalef_ps_512;
    return {p.c,
            b.CreateIntrinsic(p.v->getType(), id, {p, n, p, b.getIntN(lanes, ~0U >> (32 - lanes)), b.getInt32(4)})};
  }
  // In two steps, since 2^1024 and 2^-1074 are out of range; the first is exact.
  F half = nearest(n, 0.5);
  return p * power_of_two(half) * power_of_two(n - half);
}

Parts split(F x) {
  Words w(x);
  auto& b = x.c->b;
  i64 least = x.wide() ? 0x3FE6A09E667F3BCD : 0x3F3504F3, one = x.wide() ? 0x3FF0000000000000 : 0x3F800000;
  Value* biased = b.CreateLShr(b.CreateAdd(w.bits(x), w.word(one - least)), w.word(w.mantissa));
  Value* m = b.CreateAdd(b.CreateSub(w.bits(x), b.CreateShl(biased, w.word(w.mantissa))), w.word(one));
  // An integer in the low bits of 2^mantissa; processors without 64-bit conversions have this.
  F shifted = w.real(b.CreateOr(biased, w.word(x.wide() ? 0x4330000000000000 : 0x4B000000)), x);
  return {w.real(m, x), shifted - ((x.wide() ? 0x1p52 : 0x1p23) + w.bias)};
}

F signed_power(F x, F y, F of_magnitude) {
  auto& b = x.c->b;
  F ax = magnitude(x);
  F r = choose(equal(ax, 1), x.of(1), of_magnitude);
  Value* odd = b.CreateAnd(is_integer(y), b.CreateNot(is_integer(y * 0.5)));
  r = choose(odd, with_sign(r, x), r);
  Value* undefined = b.CreateAnd(b.CreateAnd(less(x, 0), less(ax, expr::kInfinity)), b.CreateNot(is_integer(y)));
  undefined = b.CreateOr(undefined, b.CreateFCmpUNO(x, y));
  r = choose(undefined, x.of(std::numeric_limits<double>::quiet_NaN()), r);
  return choose(b.CreateOr(equal(y, 0), equal(x, 1)), x.of(1), r);
}

}  // namespace tenon::codegen::math
