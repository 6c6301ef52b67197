#include "nn/init.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tensor/npy.h"

namespace tenon::nn {
namespace {

struct Moments {
  double mean = 0, deviation = 0, low = 0, high = 0;
};
Moments moments(const Tensor& t) {
  const std::vector<float> values = t.to_vector<float>();
  const auto n = static_cast<double>(values.size());
  Moments m{0, 0, values[0], values[0]};
  for (double x : values) m.mean += x / n, m.low = std::min(m.low, x), m.high = std::max(m.high, x);
  for (double x : values) m.deviation += (x - m.mean) * (x - m.mean) / n;
  m.deviation = std::sqrt(m.deviation);
  return m;
}

// Of 40,000 values: the mean is within 5 standard errors (deviation / 200), the deviation within 5 / sqrt(80,000).
constexpr i64 kRows = 200, kColumns = 200;
void expect_moments(const Tensor& t, double mean, double deviation) {
  const Moments m = moments(t);
  EXPECT_NEAR(m.mean, mean, 5 * deviation / 200);
  EXPECT_NEAR(m.deviation, deviation, 5 * deviation / std::sqrt(80'000.0));
}

TEST(Init, QuantilesAreThoseOfPythonsStatistics) {
  auto golden = read_npz(TENON_SOURCE_DIR "/src/nn/testdata/quantiles.npz");
  for (i64 k = 0; k < golden["p"].count(); ++k) {
    const double x = golden["x"].at(k).as_double();
    EXPECT_NEAR(init::normal_quantile(golden["p"].at(k).as_double()), x, 4e-15 * std::max(1.0, std::abs(x)));
  }
}

TEST(Init, HasTheMomentsOfItsDistribution) {
  const InitScope scope(3);
  const Shape shape{kRows, kColumns};
  EXPECT_EQ(moments(init::constant(shape, 2.5)).low, 2.5);
  EXPECT_EQ(moments(init::constant(shape, 2.5)).high, 2.5);
  expect_moments(init::normal(shape, 1, 2), 1, 2);
  expect_moments(init::kaiming_normal(shape, 50), 0, 0.2);

  const Tensor uniform = init::uniform(shape, -1, 3);
  expect_moments(uniform, 1, 4 / std::sqrt(12.0));
  EXPECT_GE(moments(uniform).low, -1);
  EXPECT_LT(moments(uniform).high, 3);

  const Moments kaiming = moments(init::kaiming_uniform(shape, 24));  // within sqrt(6 / 24)
  EXPECT_GE(kaiming.low, -0.5);
  EXPECT_LT(kaiming.high, 0.5);
  EXPECT_GT(kaiming.high, 0.499);
  const Moments xavier = moments(init::xavier_uniform(shape, 10, 14));
  EXPECT_GE(xavier.low, -0.5);
  EXPECT_LT(xavier.high, 0.5);
  EXPECT_GT(xavier.high, 0.499);

  // The deviation of a standard normal cut at 2: sqrt(1 - 4 phi(2) / (1 - 2 P(-2))) = 0.8796.
  const Tensor truncated = init::truncated_normal(shape, 0, 3);
  expect_moments(truncated, 0, 3 * 0.87962566103423978);
  EXPECT_LE(moments(truncated).high, 6);
  EXPECT_GE(moments(truncated).low, -6);
}

TEST(Init, IsAFunctionOfSeedAndStream) {
  auto drawn = [](std::uint64_t seed) {
    const InitScope scope(seed);
    const Tensor first = init::normal({8}), second = init::normal({8});
    EXPECT_FALSE(identical(first.data(), second.data()));
    return second.data();
  };
  EXPECT_TRUE(identical(drawn(1), drawn(1)));
  EXPECT_FALSE(identical(drawn(1), drawn(2)));
  EXPECT_TRUE(identical(drawn(1), init::normal({8}, 0, 1, Rng(1, 1)).data()));
}

TEST(Init, TakesNoMemoryWhereNothingIsDrawn) {
  const InitScope scope = InitScope::none();
  const i64 live = memory_use().live;
  const Tensor t = init::kaiming_normal({i64(1) << 31, i64(1) << 30}, 3);
  EXPECT_EQ(t.shape(), (Shape{i64(1) << 31, i64(1) << 30}));
  EXPECT_LT(memory_use().live - live, 4096);
}

}  // namespace
}  // namespace tenon::nn
