#include "tensor/dim.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/rng.h"
#include "tensor/shape.h"

namespace tenon {
namespace {

const Dim n = Dim::symbol("n"), m = Dim::symbol("m"), h = Dim::symbol("h", 7);

TEST(Dim, NumbersAreNumbers) {
  Dim a = 5;
  EXPECT_EQ(a + 2, 7);
  EXPECT_EQ(3 * a - 1, 14);
  EXPECT_EQ(a / 2, 2);
  EXPECT_EQ(-a % 2, -1);
  EXPECT_LT(a, 6);
  EXPECT_EQ(static_cast<i64>(a), 5);
  EXPECT_EQ(to_string(a), "5");
  i64 sum = 0;
  for (i64 d : Shape{2, 3}) sum += d;
  EXPECT_EQ(sum, 5);
}

TEST(Dim, EqualPolynomialsAreEqual) {
  EXPECT_EQ((n + 1) * (n - 1), n * n - 1);
  EXPECT_EQ(n * m, m * n);
  EXPECT_EQ(n - n, 0);
  EXPECT_EQ((2 * n + 4) / 2, n + 2);
  EXPECT_EQ((n * n - 1) / (n + 1), n - 1);
  EXPECT_EQ((6 * n) % 3, 0);
  EXPECT_FALSE(n == m);
  EXPECT_EQ((n + 1).hash(), (1 + n).hash());
  EXPECT_NE(n.hash(), m.hash());
}

TEST(Dim, ProvesWhatHoldsForAllValues) {
  EXPECT_LT(n, n + 1);
  EXPECT_GE(n, 1);
  EXPECT_TRUE(certainly_nonnegative(n * m - n));
  EXPECT_FALSE(certainly_nonnegative(n - 2));
  EXPECT_FALSE(certainly_nonnegative(n - m));
  EXPECT_TRUE(certainly_different(n + m, 1));
  EXPECT_FALSE(certainly_different(n, 1));
  Dim few = Dim::symbol("few", 0, 12);
  EXPECT_TRUE(certainly_at_most(few, 12));
  EXPECT_TRUE(certainly_nonnegative(24 * n - few * n));
  EXPECT_EQ(greatest_value(2 * few + 1), 25);
  EXPECT_EQ(least_value(2 * few + 1), 1);
  EXPECT_EQ(greatest_value(n), std::nullopt);
}

// Windows: (h - reach) / stride rounded down, plus 1; the last access is stride * (out - 1) + reach <= h - 1.
TEST(Dim, ProvesWindowsInBounds) {
  for (i64 stride : {1, 2, 3})
    for (i64 dilation : {1, 2, 3}) {
      i64 reach = 2 * dilation;
      Dim out = floor_div(h - reach - 1, stride) + 1;
      EXPECT_TRUE(certainly_less((out - 1) * stride + reach, h)) << stride << " " << dilation;
      EXPECT_FALSE(certainly_less((out - 1) * stride + reach + 1, h)) << stride << " " << dilation;
    }
  Dim groups = Dim::symbol("g"), channels = Dim::symbol("c");
  EXPECT_TRUE(certainly_less((groups - 1) * channels + channels - 1, groups * channels));
}

TEST(Dim, ProvesProductsOfWhatIsNotNegative) {
  Dim a = Dim::symbol("a", 2), b = Dim::symbol("b", 2), some = Dim::symbol("some", 0, 9);
  EXPECT_TRUE(certainly_nonnegative((a - 2) * (b - 2)));
  EXPECT_TRUE(certainly_nonnegative((a - 2) * (b - 1) + n - 1));
  EXPECT_FALSE(certainly_nonnegative((a - 3) * (b - 2)));
  EXPECT_TRUE(certainly_nonnegative((9 - some) * (n - 1)));
  EXPECT_FALSE(certainly_nonnegative((8 - some) * n));
  EXPECT_TRUE(certainly_nonnegative((floor_div(a, 2) - 1) * b));
  EXPECT_TRUE(certainly_nonnegative((floor_div(a, 2) - 1) * (floor_div(b, 2) - 1)));
}

TEST(Dim, QuotientsAreRoundedAndSimplified) {
  EXPECT_EQ(floor_div(Dim(-7), 2), -4);
  EXPECT_EQ(ceil_div(Dim(7), 2), 4);
  EXPECT_EQ(floor_div(2 * n + 1, 2), n);
  EXPECT_EQ(floor_div(2 * n - 2, 2) + 1, n);
  EXPECT_EQ(floor_div(n + 5, 2), floor_div(n + 1, 2) + 2);
  EXPECT_EQ(floor_div(4 * n + 3, 6), floor_div(2 * n + 1, 3));
  EXPECT_THROW(floor_div(n, 0), Error);
}

TEST(Dim, AnUnknownIsNoNumber) {
  try {
    [[maybe_unused]] i64 x = 2 * n;
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "a number is needed here, but the extent 2*?n is not known before the program runs");
  }
  EXPECT_THROW((void)(n < m), Error);
  EXPECT_THROW((void)(n / 2), Error);
  EXPECT_THROW(element_count({2, n}), Error);
  EXPECT_THROW(Dim::symbol("a b"), Error);
  EXPECT_THROW(Dim::symbol("a", 3, 2), Error);
  EXPECT_THROW(Dim(i64(1) << 62) * 4, Error);
  EXPECT_THROW((i64(1) << 62) * n * 4, Error);
}

TEST(Dim, TextComesBack) {
  const Dim examples[] = {0,
                          -3,
                          n,
                          -n,
                          2 * n * m + 1,
                          n * n - m,
                          floor_div(n - 3, 2) + 1,
                          3 * floor_div(n * m, 4) * n,
                          Dim::symbol("k", 0, 12) + 1,
                          Dim::symbol("k", 2) * 5,
                          floor_div(floor_div(n, 3) + m, 2)};
  for (Dim d : examples) EXPECT_EQ(dim_from_string(to_string(d)), d) << to_string(d);
  EXPECT_EQ(to_string(1 + 2 * n * m), "2*?m*?n + 1");
  EXPECT_EQ(to_string(Dim::symbol("k", 0, 12)), "?k:0..12");
  EXPECT_EQ(to_string(floor_div(n - 3, 2)), "floor((?n + 1)/2) - 2");
}

TEST(Dim, BadTextIsRefused) {
  for (const char* text : {"", "?", "n", "2*", "floor(?n/2)", "floor((?n)/0)", "?n:3", "?n:3..2", "1 2",
                           "99999999999999999999", "?n:0..99999999999999999999"})
    EXPECT_THROW(dim_from_string(text), Error) << text;
  std::string deep;
  for (int k = 0; k < 100; ++k) deep += "floor((";
  EXPECT_THROW(dim_from_string(deep), Error);
}

TEST(Dim, ValuesGoIn) {
  Dim out = floor_div(h - 3, 2) * n + m;
  EXPECT_EQ(with_values(out, {{"h", 10}, {"n", 4}, {"m", 1}}), 13);
  EXPECT_EQ(with_values(out, {{"h", 10}}), 3 * n + m);
  EXPECT_EQ(unknowns(out), (std::vector<std::string>{"h", "m", "n"}));
  try {
    with_values(out, {{"h", 6}});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "dimension ?h is 6, expected 7 or more");
  }
}

// Whatever is claimed of a random polynomial must hold at random values.
TEST(Dim, ClaimsHold) {
  Rng rng(7);
  auto pick = [&](i64 low, i64 high) {
    return low + static_cast<i64>(rng.below(static_cast<std::uint64_t>(high - low + 1)));
  };
  const Dim unknown[] = {Dim::symbol("a", 0, 5), Dim::symbol("b", 1), Dim::symbol("c", 2, 9)};
  int claims = 0;
  for (int k = 0; k < 3000; ++k) {
    auto sum = [&] {
      Dim d = pick(-6, 6);
      for (const Dim& u : unknown)
        if (pick(0, 1)) d += pick(-3, 3) * u * (pick(0, 2) == 0 ? unknown[pick(0, 2)] : Dim(1));
      return d;
    };
    Dim d = sum();
    if (pick(0, 1)) d += pick(-3, 3) * floor_div(sum(), pick(2, 4));
    bool claimed = certainly_nonnegative(d);
    claims += claimed && !d.is_constant();
    for (int t = 0; t < 20; ++t) {
      DimValues v{{"a", pick(0, 5)}, {"b", pick(1, 12)}, {"c", pick(2, 9)}};
      i64 x = with_values(d, v);
      if (claimed) {
        ASSERT_GE(x, 0) << to_string(d);
      }
      if (auto low = least_value(d)) {
        ASSERT_GE(x, *low) << to_string(d);
      }
      if (auto high = greatest_value(d)) {
        ASSERT_LE(x, *high) << to_string(d);
      }
    }
    ASSERT_EQ(dim_from_string(to_string(d)), d);
  }
  EXPECT_GT(claims, 100);
}

TEST(Dim, ThreadsMayShareTheTable) {
  std::vector<std::thread> threads;
  std::vector<Dim> made(4);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t, &made] {
      Dim d = 0;
      for (int k = 0; k < 200; ++k) d += Dim::symbol("s" + std::to_string(k)) * k;
      made[static_cast<std::size_t>(t)] = d;
    });
  for (auto& t : threads) t.join();
  for (Dim d : made) EXPECT_EQ(d, made[0]);
}

}  // namespace
}  // namespace tenon
