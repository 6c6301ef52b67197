#include "compile/executable.h"

#include <gtest/gtest.h>

#include "autodiff/reverse.h"
#include "base/error_of.h"
#include "interpret/interpret.h"
#include "ir/text.h"
#include "op/effect/begin.h"
#include "op/effect/print.h"
#include "op/functions.h"
#include "op/sample_data.h"
#include "tensor/strings.h"

namespace tenon {
namespace {

Value parameter(const Type& t) { return {Node::parameter(t), 0}; }

Array data(const Type& t, std::uint64_t seed = 1) { return sample_data(std::vector<SampleInput>{{t}}, seed)[0]; }

void expect_same(const std::vector<Array>& a, const std::vector<Array>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t k = 0; k < a.size(); ++k) {
    ASSERT_EQ(a[k].type(), b[k].type());
    for (i64 i = 0; i < a[k].count(); ++i) ASSERT_NEAR(a[k].at(i).as_double(), b[k].at(i).as_double(), 1e-5);
  }
}

TEST(Executable, IsOneProgramWhereAllIsDense) {
  const Value x = parameter({DType::F32, {3, 4}});
  const auto e = executable({"f", {x}, {softmax(x)}});
  ASSERT_NE(e->program(), nullptr);
}

TEST(Executable, TakesArgumentsThatNothingUses) {
  const Value token = parameter(token_type()), x = parameter({DType::F32, {2}});
  const Array in = data({DType::F32, {2}});
  const auto e = executable({"f", {token, x}, {x + x}});
  EXPECT_EQ(e->run(std::vector{Array(token_type(), std::vector<Array>{}), in})[0].at(0).f, 2 * in.at(0).f);
}

// The sum of the squares of the positive elements, by their positions.
TEST(Executable, SizesThatDataDecides) {
  const Value x = parameter({DType::F32, {12}});
  const Value places = non_zero(x > 0.0);
  EXPECT_EQ(to_string(places.type()), "i64[1,?non_zero:0..12]");
  const Value chosen = gather(x, reshape(places, {-1}), 0);
  EXPECT_EQ(to_string(chosen.type()), "f32[?non_zero:0..12]");
  const Function f{"positive", {x}, {chosen, sum(chosen * chosen)}};
  const auto e = executable(f);
  EXPECT_EQ(e->program(), nullptr);
  for (std::uint64_t seed : {1, 2, 3}) {
    const Array in = data({DType::F32, {12}}, seed);
    std::vector<double> positive;
    for (i64 k = 0; k < 12; ++k)
      if (in.at(k).f > 0) positive.push_back(in.at(k).f);
    const auto out = e->run(std::vector{in});
    ASSERT_EQ(out[0].type(), (Type{DType::F32, {static_cast<i64>(positive.size())}}));
    double squares = 0;
    for (std::size_t k = 0; k < positive.size(); ++k) {
      EXPECT_EQ(out[0].at(static_cast<i64>(k)).f, positive[k]);
      squares += positive[k] * positive[k];
    }
    EXPECT_NEAR(out[1].at(0).f, squares, 1e-5);
    expect_same(interpret(f, std::vector{in}), out);
  }
  const auto none = e->run(std::vector{Array::full({DType::F32, {12}}, -1.0)});
  EXPECT_EQ(none[0].count(), 0);
  EXPECT_EQ(none[1].at(0).f, 0);
}

// Sums over an extent that is not known, by operators that count or place along it.
TEST(Executable, ExtentsMayBeUnknownWhereverTheyAreSummed) {
  const Dim n = Dim::symbol("n");
  const Type wide{DType::F32, {4, n}}, tall{DType::F32, {n, 3}};
  const Value x = parameter(wide), y = parameter(tall);
  const Value scores = matmul(x, softmax(y, 0)), mixed = einsum("ik,kj->ij", {x, y});
  const Function f{"sums", {x, y}, {scores, mixed, mean(x), concatenate({x, mixed, x}, 1)}};
  const Function loss{"loss", {x, y}, {mean(square(concatenate({x, mixed}, 1)))}};
  const auto values = executable(f), gradients = executable(with_gradients(loss, std::vector<std::size_t>{0, 1}));
  for (const i64 extent : {1, 5, 33}) {
    const std::vector<Array> in{data({DType::F32, {4, extent}}, 1), data({DType::F32, {extent, 3}}, 2)};
    const Function fixed = with_values(f, {{"n", extent}}), fixed_loss = with_values(loss, {{"n", extent}});
    expect_same(values->run(in), interpret(fixed, in));
    expect_same(gradients->run(in), interpret(with_gradients(fixed_loss, std::vector<std::size_t>{0, 1}), in));
  }
  const Value other = parameter({DType::F32, {Dim::symbol("m"), 3}});
  EXPECT_EQ(
      error_of([&] { matmul(x, other); }),
      "matmul: f32[4,?n] and f32[?m,3]: the last dimension of a is ?n, the last dimension but one of b is ?m; they "
      "must agree");
}

TEST(Executable, SeveralResultsOfAHostStepEnterOneProgram) {
  const Value x = parameter({DType::F32, {8}});
  const auto different = unique(x);
  const Function f{"counts", {x}, {sum(different.values * cast(different.counts, DType::F32)), sum(x)}};
  const Array in = Array::from<float>({2, 1, 2, 3, 3, 3, 1, 5}, {8});
  const auto out = executable(f)->run(std::vector{in});
  EXPECT_EQ(out[0].at(0).f, 20);
  EXPECT_EQ(out[1].at(0).f, 20);
}

TEST(Executable, UnknownExtentsTakeAnyValueInTheirBounds) {
  const Dim n = Dim::symbol("n", 1, 100);
  const Value x = parameter({DType::F32, {n, 4}}), w = parameter({DType::F32, {4, 3}});
  const Function f{"rows", {x, w}, {softmax(matmul(x, w)), mean(x)}};
  EXPECT_EQ(to_string(f.results[0].type()), "f32[?n:1..100,3]");
  const auto e = executable(f);
  for (i64 rows : {1, 7, 7, 100}) {
    const std::vector<Array> in{data({DType::F32, {rows, 4}}), data({DType::F32, {4, 3}}, 2)};
    expect_same(e->run(in), interpret(f, in));
  }
  const std::vector<Array> many{data({DType::F32, {101, 4}}), data({DType::F32, {4, 3}})};
  EXPECT_EQ(error_of([&] { e->run(many); }), "dimension ?n is 101, expected 1 to 100");
  const std::vector<Array> wide{data({DType::F32, {2, 5}}), data({DType::F32, {4, 3}})};
  EXPECT_EQ(error_of([&] { e->run(wide); }), "argument 0 of function rows is f32[2,5], expected f32[?n:1..100,4]");
}

TEST(Executable, ShapesComputedByOperatorsAreKnown) {
  const Dim n = Dim::symbol("n");
  const Value x = parameter({DType::F32, {n, 3, 4}});
  const Value shape = shape_of(x);
  const Value rows = slice(shape, {0}, {1}), rest = prod(slice(shape, {1}, {3}), {0}, true);
  const Value flat = reshape_to(x, concatenate({rows, rest}));
  EXPECT_EQ(to_string(flat.type()), "f32[?n,12]");
  const Value twice = reshape_to(x, concatenate({rows * 2, constant<Value>(Array::from<i64>({-1}, {1}))}));
  EXPECT_EQ(to_string(twice.type()), "f32[2*?n,6]");
  const Value counted = range(constant<Value>(Array::scalar(Number::of_int(0), DType::I64)), reshape(rows, {}),
                              constant<Value>(Array::scalar(Number::of_int(1), DType::I64)));
  EXPECT_EQ(to_string(counted.type()), "i64[?n]");
  const Function f{"flat", {x}, {flat, twice, counted}};
  EXPECT_TRUE(structurally_equal(parse_function(to_text(f)), f)) << to_text(f);
  for (i64 k : {1, 5}) {
    const std::vector<Array> in{data({DType::F32, {k, 3, 4}})};
    const auto out = executable(f)->run(in);
    EXPECT_EQ(out[0].type(), (Type{DType::F32, {k, 12}}));
    EXPECT_EQ(out[1].type(), (Type{DType::F32, {2 * k, 6}}));
    expect_same(out, interpret(f, in));
  }
}

TEST(Executable, ShapesThatAreDataAreFoundWhenItRuns) {
  const Value x = parameter({DType::F32, {12}}), shape = parameter({DType::I64, {2}});
  const Value y = reshape_to(x, shape);
  EXPECT_EQ(to_string(y.type()), "f32[?reshaped_0:0..,?reshaped_1:0..]");
  const Function f{"data", {x, shape}, {y * 2.0}};
  const auto e = executable(f);
  for (i64 rows : {3, 4, -1}) {
    const std::vector<Array> in{data({DType::F32, {12}}), Array::from<i64>({rows, rows == 3 ? 4 : 3}, {2})};
    const auto out = e->run(in);
    EXPECT_EQ(out[0].shape(), (Shape{rows == 3 ? 3 : 4, rows == 3 ? 4 : 3}));
    expect_same(out, interpret(f, in));
  }
  EXPECT_NE(
      error_of([&] { e->run(std::vector{data({DType::F32, {12}}), Array::from<i64>({5, 5}, {2})}); }).find("reshape"),
      std::string::npos);
}

constexpr const char* kPower = R"(func @main(%0: f32[4], %1: i64[]) -> (f32[4], i64[]) {
  %2 = constant {value=dense i64[] [0]} : i64[]
  %3, %4, %5 = while(%0, %1, %2) {condition=func @goes_on(%0: f32[4], %1: i64[], %2: i64[]) -> (bool[]) {
    %3 = less(%2, %1) : bool[]
    return %3
  }, body=func @step(%0: f32[4], %1: i64[], %2: i64[]) -> (f32[4], i64[], i64[]) {
    %3 = mul(%0, %0) : f32[4]
    %4 = constant {value=dense i64[] [1]} : i64[]
    %5 = add(%2, %4) : i64[]
    return %3, %1, %5
  }, bound=0, cap=1073741824} : f32[4], i64[], i64[]
  return %3, %5
}
)";

TEST(Executable, LoopsRunTheirFunctionsCompiled) {
  const Function f = parse_function(kPower);
  EXPECT_EQ(to_text(f), kPower);
  const auto e = executable(f);
  for (i64 times : {0, 1, 3}) {
    const std::vector<Array> in{Array::from<float>({1, -2, 0.5, 1.5}, {4}),
                                Array::scalar(Number::of_int(times), DType::I64)};
    const auto out = e->run(in);
    for (i64 k = 0; k < 4; ++k)
      EXPECT_NEAR(out[0].at(k).f, std::pow(in[0].at(k).f, static_cast<double>(i64(1) << times)), 1e-5);
    EXPECT_EQ(out[1].at(0).i, times);
    expect_same(out, interpret(f, in));
  }
}

TEST(Executable, EffectsKeepTheirOrder) {
  const Value x = parameter({DType::F32, {2}});
  const NodeRef begin = Node::make(make_op(Begin{}), {});
  const NodeRef first = Node::make(make_op(Print{"first"}), {{begin, 0}, x});
  const NodeRef second = Node::make(make_op(Print{"second"}), {{first, 0}, x + 1.0});
  const Function f{"effects", {x}, {{second, 0}}};
  testing::internal::CaptureStderr();
  executable(f)->run(std::vector{Array::from<float>({1, 2}, {2})});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "first f32[2] [1, 2]\nsecond f32[2] [2, 3]\n");
}

TEST(Executable, TextsTravel) {
  const Value names = parameter({DType::Str, {3}}), ids = parameter({DType::I64, {2}});
  const Value chosen = gather(names, ids, 0);
  const Function f{"texts", {names, ids}, {chosen, equal(chosen, slice(names, {1}, {2}))}};
  const std::vector<Array> in{array_of_texts({"a", "", "ü"}, {3}), Array::from<i64>({2, 1}, {2})};
  const auto out = executable(f)->run(in);
  EXPECT_EQ(texts_of(out[0]), (std::vector<std::string>{"ü", ""}));
  EXPECT_EQ(out[1].at(0).i, 0);
  EXPECT_EQ(out[1].at(1).i, 1);
  EXPECT_EQ(error_of([&] { Value y = exp(names); }),
            "exp: operand 0 is str[3]; texts can be moved and compared for equality only");
}

}  // namespace
}  // namespace tenon
