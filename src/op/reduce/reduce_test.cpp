#include <gtest/gtest.h>

#include "autodiff/reverse.h"
#include "compile/executable.h"
#include "interpret/interpret.h"
#include "op/functions.h"
#include "op/sample_data.h"

namespace tenon {
namespace {

using Model = Value (*)(const Value& x);

/// A value of x and the gradient of its sum of squares.
Function with_gradient(Model model, const Type& type) {
  const Value x(Node::parameter(type), 0), y = model(x);
  return {"main", {x}, {y, gradients(sum(square(y)), std::vector{x})[0]}};
}

TEST(Reductions, OverUnknownExtentsAsOverNumbers) {
  const Dim n = Dim::symbol("n"), m = Dim::symbol("m");
  const Model models[] = {
      [](const Value& x) { return mean(x); },
      [](const Value& x) { return mean(x, {0}, true); },
      [](const Value& x) { return mean(x, {-1}); },
      [](const Value& x) { return mean(x, {1}); },
      [](const Value& x) { return variance(x, {0, 2}, false, 1); },
      [](const Value& x) { return standard_deviation(x, {2}); },
      [](const Value& x) { return log_sum_exp(x, {0}); },
      [](const Value& x) { return norm_l2(x, {0, 1, 2}); },
  };
  for (const Model model : models) {
    const auto unknown = executable(with_gradient(model, {DType::F32, {n, 3, m}}));
    for (const Shape& shape : {Shape{2, 3, 5}, Shape{1, 3, 2}, Shape{4, 3, 1}}) {
      const Type type{DType::F32, shape};
      const auto in = sample_data(std::vector<SampleInput>{{type, 1, 2}}, 1);
      const auto given = unknown->run(in), expected = interpret(with_gradient(model, type), in);
      for (std::size_t r = 0; r < expected.size(); ++r) {
        ASSERT_EQ(given[r].type(), expected[r].type());
        for (i64 k = 0; k < expected[r].count(); ++k)
          EXPECT_NEAR(given[r].at(k).as_double(), expected[r].at(k).as_double(), 1e-5) << to_string(shape) << " " << k;
      }
    }
  }
}

// 4 numbers of 40,000 add up to more than f16 holds; their mean does not.
TEST(Reductions, NarrowMeansOverUnknownExtentsAreAccumulatedWide) {
  const Value x(Node::parameter({DType::F16, {Dim::symbol("n")}}), 0);
  const auto f = executable({"main", {x}, {mean(x)}});
  EXPECT_EQ(f->run(std::vector{Array::full({DType::F16, {4}}, 40'000.0)})[0].at(0).as_double(), 40'000);
}

}  // namespace
}  // namespace tenon
