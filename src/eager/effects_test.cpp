#include "eager/effects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "eager/jit.h"
#include "op/functions.h"
#include "op/special/host_function.h"

namespace tenon {
namespace {

using testing::ElementsAre;

/// The values that the host function "noted" was given, in the order of its calls.
std::vector<double>& noted() {
  static std::vector<double> values;
  return values;
}

class Effects : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    register_host_function("noted", {.infer = [](Operands in) { return Types{in[0].type}; },
                                     .evaluate =
                                         [](std::span<const Array> in) {
                                           noted().push_back(in[0].at(0).as_double());
                                           return std::vector<Array>{in[0]};
                                         }});
  }
  void SetUp() override { noted().clear(); }
};

Tensor number(float x) { return Tensor::from({x}, {1}); }

TEST_F(Effects, HappenAtOnceInEagerCode) {
  const Tensor x = number(2) + 1, y = host_effect("noted", {x})[0];
  EXPECT_THAT(noted(), ElementsAre(3));
  host_effect("noted", {x});
  EXPECT_THAT(noted(), ElementsAre(3, 3)) << "equal calls are two";
  EXPECT_EQ(y.item(), 3);
  EXPECT_EQ(noted().size(), 2u) << "reading the result calls nothing";
}

TEST_F(Effects, HappenInOrderAtEachRunOfACompiledFunction) {
  Jit f = jit([](std::span<const Tensor> in) -> std::vector<Tensor> {
    host_effect("noted", {in[0]});
    const Tensor y = host_effect("noted", {in[0] * 10})[0];
    host_effect("noted", {in[0]});
    return {y + in[0]};
  });
  EXPECT_TRUE(noted().empty());
  EXPECT_EQ(f({number(1)})[0].item(), 11);
  EXPECT_THAT(noted(), ElementsAre(1, 10, 1));
  EXPECT_EQ(f({number(2)})[0].item(), 22);
  EXPECT_THAT(noted(), ElementsAre(1, 10, 1, 2, 20, 2));
  EXPECT_EQ(f.traces(), 1u);
}

TEST_F(Effects, OfTheInnerFunctionStandBetweenThoseOfTheOuter) {
  Jit inner = jit([](std::span<const Tensor> in) -> std::vector<Tensor> { return host_effect("noted", {in[0] + 1}); });
  Jit outer = jit([&](std::span<const Tensor> in) -> std::vector<Tensor> {
    host_effect("noted", {in[0]});
    std::vector<Tensor> y = inner(in);
    host_effect("noted", {in[0] + 2});
    return y;
  });
  outer({number(5)});
  EXPECT_THAT(noted(), ElementsAre(5, 6, 7));
}

TEST_F(Effects, PrintWritesLinesInOrder) {
  Jit f = jit([](std::span<const Tensor> in) -> std::vector<Tensor> {
    print("x", {in[0]});
    const Tensor y = 2 * in[0];
    print("y", {y});
    return {y};
  });
  testing::internal::CaptureStderr();
  print("before");
  f({number(1)});
  print("after", {number(3)});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "before\nx f32[1] [1]\ny f32[1] [2]\nafter f32[1] [3]\n");
}

/// The parameter that the host function "peek" reads.
Parameter& peeked() {
  static Parameter p("peeked", number(1));
  return p;
}

TEST_F(Effects, CannotReadAParameterThatIsBeingReplaced) {
  const auto peek = [](std::span<const Array> in) {
    noted().push_back(peeked().value().item());
    return std::vector<Array>{in[0]};
  };
  register_host_function("peek", {.infer = [](Operands in) { return Types{in[0].type}; }, .evaluate = peek});
  Jit in_program = jit(
      [](std::span<const Tensor> in) -> std::vector<Tensor> {
        peeked().set(peeked().value() + in[0]);
        return host_callback<Tensor>("peek", {in[0]});
      },
      {peeked()});
  in_program({number(1)});
  EXPECT_THAT(noted(), ElementsAre(1)) << "the first value is not of the program's making";
  EXPECT_THAT(error_of([&] { in_program({number(1)}); }),
              testing::HasSubstr("parameter peeked: a compiled function that is running replaces its value"));
  EXPECT_EQ(peeked().value().item(), 2) << "as it was";
  const Tensor held = peeked();
  in_program({number(1)});
  EXPECT_THAT(noted(), ElementsAre(1, 2)) << "a value that is held is not given away";
  EXPECT_EQ(held.item(), 2);

  Jit with_effect = jit(
      [](std::span<const Tensor> in) -> std::vector<Tensor> {
        peeked().set(peeked().value() + in[0]);
        host_effect("peek", {in[0]});
        return {};
      },
      {peeked()});
  for (int k = 0; k < 2; ++k) with_effect({number(1)});
  EXPECT_THAT(noted(), ElementsAre(1, 2, 3, 4)) << "beside effects, nothing is given away";
}

TEST_F(Effects, MistakesAreNamed) {
  EXPECT_THAT(error_of([] { host_effect("nothing", {number(1)}); }),
              testing::StartsWith("host_effect: no host function"));
}

}  // namespace
}  // namespace tenon
