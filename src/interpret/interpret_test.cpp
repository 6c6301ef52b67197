#include "interpret/interpret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ir/text.h"
#include "op/functions.h"

namespace tenon {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Array floats(std::initializer_list<float> values, Shape shape) { return Array::from(values, std::move(shape)); }

std::vector<float> run(std::string_view text, std::vector<Array> in) {
  std::vector<Array> out = interpret(parse_function(text), in);
  std::span<const float> values = std::as_const(out.at(0)).values<float>();
  return {values.begin(), values.end()};
}

std::string error_of(std::string_view text, std::vector<Array> in) {
  try {
    interpret(parse_function(text), in);
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

// The same figures as numpy.array([[1, 2], [3, 4]]) @ [[5, 6], [7, 8]] + [0.5, -100], cut off at 0.
TEST(Interpret, RunsAGraph) {
  EXPECT_EQ(run(R"(func @f(%0: f32[2,2], %1: f32[2,2], %2: f32[2]) -> (f32[2,2]) {
      %3 = matmul(%0, %1) : f32[2,2]
      %4 = add(%3, %2) : f32[2,2]
      %5 = relu(%4) : f32[2,2]
      return %5 })",
                {floats({1, 2, 3, 4}, {2, 2}), floats({5, 6, 7, 8}, {2, 2}), floats({0.5f, -100}, {2})}),
            (std::vector<float>{19.5f, 0, 43.5f, 0}));
}

TEST(Interpret, ExpandsComposites) {
  std::vector<float> y = run("func @f(%0: f32[3]) -> (f32[3]) { %1 = softmax(%0) {axis=-1} : f32[3] return %1 }",
                             {floats({1000, 1001, 1002}, {3})});
  double sum = 1 + std::exp(-1) + std::exp(-2);  // of exp(x - max)
  EXPECT_NEAR(y[0], std::exp(-2) / sum, 1e-6) << "a few roundings of f32, each 6e-8";
  EXPECT_NEAR(y[1], std::exp(-1) / sum, 1e-6);
  EXPECT_NEAR(y[2], 1 / sum, 1e-6);
}

TEST(Interpret, ReadsConstantsAndSettledNodes) {
  Value x(Node::parameter({DType::F32, {2}}), 0), w(Node::leaf(floats({10, 20}, {2})), 0);
  Function f{"f", {x}, {x + w, w}};
  Array in = floats({1, 2}, {2});
  std::vector<Array> out = interpret(f, {&in, 1});
  EXPECT_EQ(out[0].at(1).f, 22);
  EXPECT_EQ(out[1].at(0).f, 10);
}

TEST(Interpret, ASettledParameterTakesItsArgument) {
  Value w(Node::leaf(floats({10, 20}, {2})), 0);
  Array in = floats({1, 2}, {2});
  EXPECT_EQ(interpret(Function{"f", {w}, {w * w}}, {&in, 1})[0].at(1).f, 4);
}

TEST(Interpret, ResultsMayRepeatAndBeParameters) {
  Value x(Node::parameter({DType::F32, {1}}), 0), unused(Node::parameter({DType::I64, {}}), 0);
  Value y = exp(x);
  std::vector<Array> in{floats({0}, {1}), Array::scalar(Number::of_int(3), DType::I64)};
  std::vector<Array> out = interpret(Function{"f", {x, unused}, {y, x, y}}, in);
  EXPECT_EQ(out[0].at(0).f, 1);
  EXPECT_EQ(out[1].at(0).f, 0);
  EXPECT_EQ(out[2].at(0).f, 1);
}

TEST(Interpret, OneOperator) {
  std::vector<Array> in{floats({1, 2, 3, 4}, {2, 2})};
  EXPECT_EQ(interpret(*make_op(Transpose{}), in)[0].at(1).f, 3);
  EXPECT_EQ(interpret(*make_op(Reshape{{4}}), in)[0].shape(), Shape{4});
  EXPECT_THROW(interpret(*make_op(Matmul{}), in), Error);
}

TEST(Interpret, MistakesNameTheNode) {
  const std::string gather = R"(func @f(%0: f32[3,2], %1: i64[2]) -> (f32[2,2]) {
    %2 = gather(%0, %1) {axis=0} : f32[2,2]
    return %2 })";
  EXPECT_EQ(error_of(gather, {Array(DType::F32, {3, 2}), Array::from<std::int64_t>({0, 9}, {2})}),
            "%2 = gather(%0, %1) {axis=0}: gather: ids[1] = 9 is out of range for dimension 0 of x, which is f32[3,2]; "
            "expected 0 to 2; correct the data, or clip it");
}

TEST(Interpret, ArgumentsAreChecked) {
  const std::string text = "func @f(%0: f32[2]) -> (f32[2]) { return %0 }";
  EXPECT_EQ(error_of(text, {}), "function f takes 1 arguments, 0 given");
  EXPECT_EQ(error_of(text, {Array(DType::F32, {3})}), "argument 0 of function f is f32[3], expected f32[2]");
  EXPECT_EQ(error_of(text, {Array()}), "argument 0 of function f is undefined");
}

TEST(Interpret, ShowsEveryNodeAndFreesWhatIsNoLongerRead) {
  Value x(Node::parameter({DType::F32, {4}}), 0);
  Value a = exp(x), b = neg(a), c = b + a, d = tanh(c);
  Array in = Array::full({DType::F32, {4}}, 0.5);
  std::vector<std::string> seen;
  std::vector<std::weak_ptr<Storage>> storages;
  interpret(Function{"f", {x}, {d}}, {&in, 1}, [&](const Node& n, std::span<const Array> outputs) {
    seen.emplace_back(n.op().name());
    storages.push_back(outputs[0].storage());
    if (n.op().name() == "add") {
      EXPECT_FALSE(storages[0].expired()) << "an operand of this node";
    }
    if (n.op().name() == "tanh") {
      EXPECT_TRUE(storages[0].expired()) << "its last reader has run";
      EXPECT_TRUE(storages[1].expired());
    }
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"exp", "neg", "add", "tanh"}));
}

TEST(Interpret, DeepGraphsNeedNoRecursion) {
  std::string text = "func @deep(%0: f32[]) -> (f32[]) {\n";
  for (int k = 1; k <= 20'000; ++k) text += fmt::format("  %{} = neg(%{}) : f32[]\n", k, k - 1);
  EXPECT_EQ(run(text + "  return %20000\n}", {Array::scalar(1.5, DType::F32)}), std::vector<float>{1.5f});
}

}  // namespace
}  // namespace tenon
