#include "machine/ceilings.h"

#include <algorithm>
#include <chrono>
#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace tenon {

namespace {

constexpr int kChains = 24, kRounds = 200'000;

#ifdef __x86_64__
__attribute__((target("avx512f"))) float chains512() {
  __m512 acc[kChains], x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(1e-3f);
#pragma GCC unroll 24
  for (int k = 0; k < kChains; ++k) acc[k] = _mm512_set1_ps(static_cast<float>(k));
  for (int round = 0; round < kRounds; ++round)
#pragma GCC unroll 24
    for (int k = 0; k < kChains; ++k) acc[k] = _mm512_fmadd_ps(acc[k], x, y);
#pragma GCC unroll 24
  for (int k = 1; k < kChains; ++k) acc[0] = _mm512_add_ps(acc[0], acc[k]);
  float lanes[16];
  _mm512_storeu_ps(lanes, acc[0]);
  return lanes[0];
}

__attribute__((target("avx2,fma"))) float chains256() {
  constexpr int chains = 12;  // of sixteen registers
  __m256 acc[chains], x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(1e-3f);
#pragma GCC unroll 12
  for (int k = 0; k < chains; ++k) acc[k] = _mm256_set1_ps(static_cast<float>(k));
  for (int round = 0; round < kRounds * kChains / chains; ++round)
#pragma GCC unroll 12
    for (int k = 0; k < chains; ++k) acc[k] = _mm256_fmadd_ps(acc[k], x, y);
#pragma GCC unroll 12
  for (int k = 1; k < chains; ++k) acc[0] = _mm256_add_ps(acc[0], acc[k]);
  return _mm256_cvtss_f32(acc[0]);
}
#endif

float chains_portable() {
  float acc[kChains * 4];
  for (int k = 0; k < kChains * 4; ++k) acc[k] = static_cast<float>(k);
  for (int round = 0; round < kRounds; ++round)
    for (float& a : acc) a = a * 0.999f + 1e-3f;
  float sum = 0;
  for (float a : acc) sum += a;
  return sum;
}

double best_rate(float (*f)(), int lanes) {
  double best = 0;
  volatile float sink = 0;
  for (int k = 0; k < 7; ++k) {
    auto start = std::chrono::steady_clock::now();
    sink = f();
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, 2.0 * lanes * kChains * kRounds / seconds);
  }
  static_cast<void>(sink);
  return best;
}

}  // namespace

double fma_peak() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return best_rate(chains512, 16);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return best_rate(chains256, 8);
#endif
  return best_rate(chains_portable, 4);
}

}  // namespace tenon
