// Distributions of the random operators. Their exact bits are compared with NumPy in op/golden_test.cpp.
#include "op/random/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "interpret/interpret.h"
#include "op/random/functions.h"
#include "op/shape/functions.h"

namespace tenon {
namespace {

constexpr i64 kCount = 40000;

Value key(std::int32_t a, std::int32_t b) { return Value(Node::leaf(Array::from<std::int32_t>({a, b}, {2})), 0); }

std::vector<double> drawn(const Value& v) {
  const Array a = interpret(Function{"main", {}, {v}}, {})[0];
  std::vector<double> list;
  for (i64 k = 0; k < a.count(); ++k) list.push_back(a.at(k).as_double());
  return list;
}

double moment(const std::vector<double>& x, int power, double center = 0) {
  double sum = 0;
  for (double v : x) sum += std::pow(v - center, power);
  return sum / static_cast<double>(x.size());
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double ma = moment(a, 1), mb = moment(b, 1);
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += (a[k] - ma) * (b[k] - mb);
  return sum / static_cast<double>(a.size()) / std::sqrt(moment(a, 2, ma) * moment(b, 2, mb));
}

// A sample mean lies within 4 standard errors of the truth but for 1 key in 16,000; the keys here are fixed.
double errors(double variance) { return 4 * std::sqrt(variance / static_cast<double>(kCount)); }

TEST(Random, UniformHasTheMomentsOfTheUniformDistribution) {
  const auto x = drawn(uniform(key(1, 2), {kCount}, -1, 1));
  EXPECT_NEAR(moment(x, 1), 0, errors(1.0 / 3));
  EXPECT_NEAR(moment(x, 2), 1.0 / 3, errors(1.0 / 5 - 1.0 / 9));
  EXPECT_NEAR(moment(x, 4), 1.0 / 5, errors(1.0 / 9 - 1.0 / 25));
  EXPECT_GE(*std::min_element(x.begin(), x.end()), -1);
  EXPECT_LE(*std::max_element(x.begin(), x.end()), 1);
}

TEST(Random, NormalHasTheMomentsOfTheNormalDistribution) {
  const auto x = drawn(normal(key(3, 4), {kCount}));
  EXPECT_NEAR(moment(x, 1), 0, errors(1));
  EXPECT_NEAR(moment(x, 2), 1, errors(3 - 1));
  EXPECT_NEAR(moment(x, 3), 0, errors(15));
  EXPECT_NEAR(moment(x, 4), 3, errors(105 - 9));
  const auto tail = std::count_if(x.begin(), x.end(), [](double v) { return std::abs(v) > 1.959963984540054; });
  EXPECT_NEAR(static_cast<double>(tail) / kCount, 0.05, errors(0.05 * 0.95));
}

TEST(Random, BernoulliHasItsProbability) {
  for (double p : {0.1, 0.5, 0.9})
    EXPECT_NEAR(moment(drawn(bernoulli(key(5, 6), {kCount}, p)), 1), p, errors(p * (1 - p)));
  EXPECT_EQ(moment(drawn(bernoulli(key(5, 6), {100}, 0)), 1), 0);
  EXPECT_EQ(moment(drawn(bernoulli(key(5, 6), {100}, 1)), 1), 1);
}

TEST(Random, DropoutKeepsTheMean) {
  const Value ones = full<Value>({kCount}, 1);
  EXPECT_NEAR(moment(drawn(dropout(ones, key(7, 8), 0.25)), 1), 1, errors(0.25 / 0.75));
  EXPECT_EQ(moment(drawn(dropout(ones, key(7, 8), 0)), 1), 1);
}

TEST(Random, KeysAndDerivedKeysAreIndependent) {
  const auto bits = [](const Value& k) { return drawn(random_bits(k, {kCount})); };
  const Value parent = key(9, 10), children = split_key(parent, 2);
  const auto a = bits(parent), b = bits(key(9, 11)), c = bits(select(children, 0, 0)), d = bits(select(children, 0, 1));
  for (const auto& [x, y] : {std::pair(a, b), std::pair(a, c), std::pair(c, d), std::pair(b, d)})
    EXPECT_NEAR(correlation(x, y), 0, errors(1));
  const std::vector<double> first(a.begin(), a.end() - 1), next(a.begin() + 1, a.end());
  EXPECT_NEAR(correlation(first, next), 0, errors(1));
}

// Element n depends on the key and n alone.
TEST(Random, ShapeDoesNotMatter) { EXPECT_EQ(drawn(normal(key(1, 1), {6})), drawn(normal(key(1, 1), {2, 3}))); }

}  // namespace
}  // namespace tenon
