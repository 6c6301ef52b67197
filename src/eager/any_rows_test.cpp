// jit-compiled functions that are called with ever new numbers of rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "eager/jit.h"
#include "op/functions.h"

namespace tenon {
namespace {

Tensor random_tensor(const Shape& shape, std::uint64_t seed) {
  Rng rng(seed);
  Array a(DType::F32, shape);
  for (i64 k = 0; k < a.count(); ++k) a.set(k, rng.uniform() - 0.5);
  return Tensor(a);
}

void expect_near(const Tensor& a, const Tensor& b) {
  ASSERT_EQ(a.type(), b.type());
  for (i64 k = 0; k < a.data().count(); ++k) ASSERT_NEAR(a.data().at(k).f, b.data().at(k).f, 1e-5) << k;
}

/// `a` is the first rows of `all`: random tensors of one seed begin alike.
void expect_first_rows(const Tensor& a, const Array& all) {
  ASSERT_LE(a.data().count(), all.count());
  for (i64 k = 0; k < a.data().count(); ++k) ASSERT_NEAR(a.data().at(k).f, all.at(k).f, 1e-5) << k;
}

TEST(AnyRows, AThousandBatchSizesAreTracedFiveTimes) {
  const Tensor w = random_tensor({6, 4}, 1);
  const TensorFunction f = [&](std::span<const Tensor> in) {
    return std::vector<Tensor>{softmax(linear(relu(in[0]), w)) + in[1]};
  };
  const Array expected = f(std::vector{random_tensor({1000, 4}, 2), random_tensor({1000, 6}, 3)})[0].data();
  Jit compiled = jit(f);
  testing::internal::CaptureStderr();
  for (i64 n = 1; n <= 1000; ++n) {
    const Tensor out = compiled({random_tensor({n, 4}, 2), random_tensor({n, 6}, 3)})[0];
    if (n % 97 == 0 || n < 8) expect_first_rows(out, expected);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(compiled.traces(), 5u);
}

TEST(AnyRows, SoAreSequencesOfAThousandLengths) {
  RecurrentInputs<Tensor> in;
  in.w = random_tensor({1, 16, 3}, 1), in.r = random_tensor({1, 16, 4}, 2);
  const TensorFunction f = [&](std::span<const Tensor> x) {
    RecurrentInputs<Tensor> now = in;
    now.x = x[0];
    const auto out = lstm(now);
    return std::vector<Tensor>{out[0], out[1]};
  };
  const Array expected = f(std::vector{random_tensor({1000, 2, 3}, 7)})[0].data();
  Jit compiled = jit(f);
  for (i64 n = 1; n <= 1000; ++n) {
    const auto out = compiled({random_tensor({n, 2, 3}, 7)});
    if (n % 331 != 0 && n > 8) continue;
    expect_first_rows(out[0], expected);
    expect_near(reshape(out[1], {2, 4}), Tensor(out[0].data().sliced(0, n - 1, n).reshaped({2, 4})));
  }
  EXPECT_EQ(compiled.traces(), 5u);
}

// The mean over rows, and code that asks for their number, are traced for each.
TEST(AnyRows, FunctionsThatNeedTheirNumberAreTracedForEach) {
  const std::vector<TensorFunction> functions{
      [](std::span<const Tensor> in) { return std::vector<Tensor>{in[0] - mean(in[0], {0})}; },
      [](std::span<const Tensor> in) {
        const i64 n = in[0].shape()[0];
        return std::vector<Tensor>{in[0] * static_cast<double>(n)};
      },
      [](std::span<const Tensor> in) { return std::vector<Tensor>{in[0].shape()[0] > 6 ? in[0] : -in[0]}; }};
  for (const TensorFunction& f : functions) {
    Jit compiled = jit(f);
    testing::internal::CaptureStderr();
    for (i64 n = 1; n <= 10; ++n) {
      const Tensor x = random_tensor({n, 3}, 4);
      expect_near(compiled({x})[0], f(std::vector{x})[0]);
    }
    EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("has been compiled 8 times"));
    EXPECT_EQ(compiled.traces(), 10u);
  }
}

TEST(AnyRows, StateIsReadAndWrittenOncePerCall) {
  Parameter w("w", Tensor::ones({3})), calls("calls", Tensor::zeros({}), false);
  Jit compiled = jit(
      [&](std::span<const Tensor> in) {
        calls.set(calls.value() + 1);
        return std::vector<Tensor>{in[0] * w.value() + calls.value()};
      },
      {w, calls});
  for (i64 n = 1; n <= 50; ++n) {
    w.set(Tensor::ones({3}) * static_cast<double>(n));
    const Array out = compiled({Tensor::ones({n, 3})})[0].data();
    for (i64 k = 0; k < out.count(); ++k) ASSERT_EQ(out.at(k).f, static_cast<double>(2 * n));
  }
  EXPECT_EQ(calls.value().item(), 50);
  EXPECT_EQ(compiled.traces(), 5u);
}

TEST(AnyRows, OtherDimensionsStayAsTheyAre) {
  Jit compiled = jit([](std::span<const Tensor> in) { return std::vector<Tensor>{exp(in[0])}; });
  const Array expected = exp(random_tensor({20, 4}, 5)).data();
  for (i64 n = 1; n <= 4; ++n) compiled({random_tensor({2, n}, 5)});
  EXPECT_EQ(compiled.traces(), 4u);
  for (i64 n = 5; n <= 20; ++n) expect_first_rows(compiled({random_tensor({n, 4}, 5)})[0], expected);
  EXPECT_EQ(compiled.traces(), 5u);
  compiled({random_tensor({5, 7}, 5)});
  EXPECT_EQ(compiled.traces(), 6u);
}

}  // namespace
}  // namespace tenon
