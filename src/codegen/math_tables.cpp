#include "codegen/math_tables.h"

#include <llvm/IR/IntrinsicsX86.h>

#include <array>

namespace tenon::codegen::math {

namespace {

constexpr std::size_t kPoints = 16;
constexpr double kStep = 67.0 / 256;
using Table = std::array<float, kPoints>;

/// By power of the distance from the nearest point (tools/fit/erf_table.py): erf(x) / x.
constexpr std::array<Table, 6> kErf{
    {{1.128379107e+00f, 1.103136659e+00f, 1.033271670e+00f, 9.337811470e-01f, 8.226974607e-01f, 7.151014805e-01f,
      6.200247407e-01f, 5.406168699e-01f, 4.761474133e-01f, 4.241767526e-01f, 3.820075691e-01f, 3.473379016e-01f,
      3.184051216e-01f, 2.939145863e-01f, 2.729210556e-01f, 2.547263503e-01f},
     {1.205116679e-43f, -1.889818013e-01f, -3.349349201e-01f, -4.134584963e-01f, -4.256165922e-01f, -3.908845782e-01f,
      -3.338106573e-01f, -2.736189961e-01f, -2.206889689e-01f, -1.782160997e-01f, -1.455041766e-01f, -1.205506846e-01f,
      -1.013640240e-01f, -8.638280630e-02f, -7.448545843e-02f, -6.488545984e-02f},
     {-3.761219680e-01f, -3.315939307e-01f, -2.180787772e-01f, -8.256027848e-02f, 2.942634374e-02f, 9.511211514e-02f,
      1.167382896e-01f, 1.100151539e-01f, 9.132441133e-02f, 7.126663625e-02f, 5.439989269e-02f, 4.159001634e-02f,
      3.221637383e-02f, 2.537858859e-02f, 2.032697015e-02f, 1.652779803e-02f},
     {-1.124696160e-40f, 1.088439003e-01f, 1.696572304e-01f, 1.653886139e-01f, 1.150133386e-01f, 5.306997523e-02f,
      5.646238104e-03f, -1.916191913e-02f, -2.620583214e-02f, -2.397727780e-02f, -1.885145158e-02f, -1.393470541e-02f,
      -1.014125161e-02f, -7.436160464e-03f, -5.543740466e-03f, -4.209487233e-03f},
     {1.121504009e-01f, 8.644147962e-02f, 2.654170617e-02f, -3.084166348e-02f, -5.865218863e-02f, -5.476504192e-02f,
      -3.446052969e-02f, -1.398677938e-02f, -1.115965191e-03f, 4.194813780e-03f, 5.050706211e-03f, 4.195841029e-03f,
      3.068449674e-03f, 2.153502079e-03f, 1.508979243e-03f, 1.072941814e-03f},
     {6.567880297e-39f, -3.696483374e-02f, -4.967413470e-02f, -3.451848403e-02f, -7.857066579e-03f, 1.169180311e-02f,
      1.723653264e-02f, 1.313049719e-02f, 6.617295556e-03f, 1.922646421e-03f, -2.710114059e-04f, -8.668809314e-04f,
      -8.043124108e-04f, -5.907293526e-04f, -4.031153512e-04f, -2.717757889e-04f}}};

/// 2^(k/16) (tools/fit/exp_table.py).
constexpr Table kPowers{1.000000000e+00f, 1.044273734e+00f, 1.090507746e+00f, 1.138788581e+00f,
                        1.189207077e+00f, 1.241857767e+00f, 1.296839595e+00f, 1.354255557e+00f,
                        1.414213538e+00f, 1.476826191e+00f, 1.542210817e+00f, 1.610490322e+00f,
                        1.681792855e+00f, 1.756252170e+00f, 1.834008098e+00f, 1.915206552e+00f};

/// An element for each lane, by the low bits of `index`.
F looked_up(const Table& table, Value* index, F like) {
  return {like.c, like.c->b.CreateIntrinsic(like.v->getType(), llvm::Intrinsic::x86_avx512_permvar_sf_512,
                                            {llvm::ConstantDataVector::get(like.v->getContext(), table), index})};
}

}  // namespace

bool has_tables(F x) {
  return x.c->cpu.triple.starts_with("x86_64") && x.c->cpu.vector_bits >= 512 && Code::lanes_of(x.v) == kPoints &&
         !x.wide();
}

F exp_by_table(F x) {
  constexpr double kSixteenths = 0x1.8p19;  // what is added to it is rounded to sixteenths, the low bits of the sum
  const F inside = at_least(at_most(x, 89), -105);
  const F sum = fma(inside, kLog2E, kSixteenths), n = sum - kSixteenths;
  const F r = fma(n, -kLn2Low, fma(n, -kLn2High, inside));
  const F power = looked_up(kPowers, x.c->b.CreateBitCast(sum, x.c->like(x.c->i32, x.v)), x);
  return scaled(fma(power * r, polynomial(r, {1, 5.000162125e-01, 1.666699052e-01}), power), n);
}

F erf_by_table(F x) {
  const F inside = at_least(at_most(x, 4), -4), a = magnitude(inside);
  const F shifted = fma(a, 1 / kStep, 0x1.8p23);
  Value* index = x.c->b.CreateBitCast(shifted, x.c->like(x.c->i32, x.v));
  const F distance = fma(shifted - 0x1.8p23, -kStep, a);
  F quotient = looked_up(kErf.back(), index, x);
  for (std::size_t k = kErf.size() - 1; k-- > 0;) quotient = fma(quotient, distance, looked_up(kErf[k], index, x));
  return inside * quotient;
}

}  // namespace tenon::codegen::math
