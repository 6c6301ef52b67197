#include "op/functions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "autodiff/reverse.h"
#include "base/error_of.h"
#include "op/value_testing.h"

namespace tenon {
namespace {

TEST(Functions, NumbersTakeTheTypeOfTheTensor) {
  const Value x = leaf({1, 2, 3}, {3});
  EXPECT_EQ(list_of(1 - x * 2), (List{-1, -3, -5}));
  EXPECT_EQ((x / 2).dtype(), DType::F32);
  const Value ids = leaf(Array::from<std::int32_t>({7, 8}, {2}));
  EXPECT_EQ((ids + 1).dtype(), DType::I32);
  EXPECT_EQ(list_of(ids + 1), (List{8, 9}));
  EXPECT_EQ(list_of(x > 1.5), (List{0, 1, 1}));
  EXPECT_EQ(list_of(where(x > 1.5, x, 0)), (List{0, 2, 3}));
  EXPECT_EQ(list_of(maximum(2, x)), (List{2, 2, 3}));
}

TEST(Functions, NumbersThatDoNotFitAreRefused) {
  const Value ids = leaf(Array::from<std::int8_t>({7, 8}, {2}));
  EXPECT_EQ(error_of([&] { ids * 0.5; }),
            "the number 0.5 is combined with an i8 tensor; cast the tensor to a float first");
  EXPECT_EQ(error_of([&] { ids + 200; }), "the number 200 does not fit the tensor's type i8; cast the tensor first");
  EXPECT_EQ(error_of([&] { leaf(Array::from<bool>({true}, {1})) + 1; }),
            "the number 1 is combined with a bool tensor; cast the tensor first");
}

TEST(Functions, ElementTypesArePromoted) {
  const Value x = leaf({1.5f, 2}, {2}), n = leaf(Array::from<std::int32_t>({1, 2}, {2}));
  EXPECT_EQ((x + n).dtype(), DType::F32);
  EXPECT_EQ(list_of(n * x), (List{1.5, 4}));
  EXPECT_EQ((n + cast(n, DType::I64)).dtype(), DType::I64);
  EXPECT_EQ(cast(x, DType::F32), x);
  EXPECT_EQ(concatenate({x, n}).dtype(), DType::F32);
}

TEST(Functions, SliceAxisIsPythons) {
  const Value x = iota<Value>({6});
  EXPECT_EQ(list_of(slice_axis(x, 0, 1, 4)), (List{1, 2, 3}));
  EXPECT_EQ(list_of(slice_axis(x, 0, -2)), (List{4, 5}));
  EXPECT_EQ(list_of(slice_axis(x, 0, 0, -1, 2)), (List{0, 2, 4}));
  EXPECT_EQ(list_of(slice_axis(x, 0, kEnd, kEnd, -2)), (List{5, 3, 1}));
  EXPECT_EQ(list_of(slice_axis(x, 0, 4, 1, -1)), (List{4, 3, 2}));
  EXPECT_EQ(list_of(slice_axis(x, 0, 4, -6, -1)), (List{4, 3, 2, 1}));
  EXPECT_EQ(list_of(slice_axis(x, 0, -100, 100, 3)), (List{0, 3}));
  EXPECT_EQ(list_of(slice_axis(x, 0, -100, -100, -1)), List{});
  EXPECT_EQ(list_of(slice_axis(x, 0, 4, 2)), List{});
  EXPECT_EQ(list_of(slice_axis(x, 0, 9)), List{});
  EXPECT_EQ(list_of(slice_axis(x, 0, 2, 4, -1)), List{});
  EXPECT_EQ(list_of(slice_axis(reshape(x, {2, 3}), -1, 1)), (List{1, 2, 4, 5}));
}

TEST(Functions, ShapesAreRearranged) {
  const Value x = iota<Value>({2, 3, 4}, 2);
  EXPECT_EQ(flatten(x).shape(), (Shape{24}));
  EXPECT_EQ(flatten(x, 1).shape(), (Shape{2, 12}));
  EXPECT_EQ(select(x, -1, -1).shape(), (Shape{2, 3}));
  EXPECT_EQ(list_of(select(select(x, 0, 1), 0, 2)), (List{0, 1, 2, 3}));
  EXPECT_EQ(stack({x, x, x}, 1).shape(), (Shape{2, 3, 3, 4}));
  EXPECT_EQ(transpose(x).shape(), (Shape{4, 3, 2}));
  EXPECT_EQ(zeros_like(x).dtype(), DType::I64);
}

TEST(Functions, ProductsAndSums) {
  const Value a = leaf({1, 2, 3, 4}, {2, 2}), b = leaf({1, 1}, {2});
  EXPECT_EQ(list_of(matmul(a, b)), (List{3, 7}));
  EXPECT_EQ(list_of(einsum("ij->ji", {a})), (List{1, 3, 2, 4}));
  EXPECT_EQ(list_of(linear(a, a, b)), (List{6, 12, 12, 26}));
  EXPECT_EQ(list_of(sum(a, {0})), (List{4, 6}));
  EXPECT_EQ(list_of(mean(a)), (List{2.5}));
  EXPECT_EQ(list_of(arg_max(a)), (List{1, 1}));
  EXPECT_EQ(list_of(mse(a, a + 2)), (List{4}));
}

TEST(Functions, ErrorsSayOperatorAndRemedy) {
  const Value x = leaf({1, 2, 3, 4, 5, 6}, {2, 3}), n = iota<Value>({3});
  EXPECT_EQ(error_of([&] { exp(n); }), "exp: takes floats, given i64; cast it first");
  EXPECT_EQ(error_of([&] { matmul(x, x); }),
            "matmul: f32[2,3] and f32[2,3]: the last dimension of a is 3, the last dimension but one of b is 2; they "
            "must agree");
  EXPECT_EQ(error_of([&] { reshape(x, {4, -1}); }),
            "reshape: f32[2,3] has 6 elements, which the shape [4,-1] does not divide");
  EXPECT_EQ(error_of([&] { einsum("ij,jk>ik", {x, x}); }),
            "einsum: '>' at position 5 of \"ij,jk>ik\"; expected letters, commas between operands and one ->");
  EXPECT_EQ(error_of([&] { sum(x, {2}); }), "sum: axis 2 is out of range for rank 2");
  EXPECT_EQ(error_of([&] { max(zeros<Value>({0, 2}), {0}); }),
            "max: axis 0 of f32[0,2] is empty, so there is no element to give");
  EXPECT_TRUE(error_of([&] { add(x, leaf({1, 2}, {2})); }).starts_with("add: ")) << error_of([&] { add(x, n); });
  EXPECT_EQ(error_of([&] { uniform(n, {2}); }), "uniform: the key is i64[3], expected i32[2]");
}

TEST(Functions, PositionsOutOfRangeAreRefusedWhenRun) {
  const Value x = leaf({1, 2, 3}, {3});
  EXPECT_NE(error_of([&] { value_of(gather(x, leaf(Array::from<std::int64_t>({3}, {1})))); }), "");
  EXPECT_NE(error_of([&] { value_of(gather(x, leaf(Array::from<std::int64_t>({-1}, {1})))); }), "");
}

List gradient_of(const Value& y, const Value& x) { return list_of(gradients(y, std::vector<Value>{x})[0]); }

// d/dx_i of a product is the product of the others.
TEST(Functions, TheGradientOfAProductIsRightAtZeros) {
  const auto at = [](std::initializer_list<float> values) {
    const Value x = leaf(values, {static_cast<i64>(values.size())});
    return gradient_of(prod(x), x);
  };
  EXPECT_EQ(at({2, 3, 4}), (List{12, 8, 6}));
  EXPECT_EQ(at({2, 0, 4}), (List{0, 8, 0}));
  EXPECT_EQ(at({0, 3, 0}), (List{0, 0, 0}));
}

TEST(Functions, GradientsAtKinks) {
  const Value zero = leaf({0}, {1}), two = leaf({2, 2, 1}, {3});
  EXPECT_EQ(gradient_of(sum(relu(zero)), zero), List{0});
  EXPECT_EQ(gradient_of(sum(abs(zero)), zero), List{0});
  EXPECT_EQ(gradient_of(sum(softplus(zero)), zero), List{0.5});
  EXPECT_EQ(gradient_of(max(two), two), (List{1, 0, 0}));
  EXPECT_EQ(gradient_of(sum(stop_gradient(two) * two), two), (List{2, 2, 1}));
}

// Within one formula the branch that is not taken spoils neither the value nor the gradient.
TEST(Functions, FormulasHideTheBranchThatIsNotTaken) {
  const Value x = leaf({0, 1}, {2});
  EXPECT_EQ(list_of(where(x > 0, log(x), 0)), (List{0, 0}));
  const expr::Index i("i", 2);
  const expr::Input in(0, x.type());
  const Value y = formula(expr::compute({x.type()}, {i}, expr::where(in(i) > 0, expr::log(in(i)), 0)), {x});
  EXPECT_EQ(list_of(y), (List{0, 0}));
  EXPECT_EQ(gradient_of(sum(y), x), (List{0, 1}));
}

TEST(Functions, SqueezeDoesNotGuessWhatAnUnknownExtentIs) {
  const auto shape_of_squeezed = [](const Shape& shape, const Ints& axes) {
    return squeeze(Value(Node::parameter({DType::F32, shape}), 0), axes).shape();
  };
  EXPECT_EQ(shape_of_squeezed({Dim::symbol("n", 2), 1}, {}), Shape{Dim::symbol("n", 2)});
  EXPECT_EQ(shape_of_squeezed({Dim::symbol("n"), 1}, {1}), Shape{Dim::symbol("n")});
  try {
    shape_of_squeezed({Dim::symbol("n"), 1}, {});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "squeeze: extent ?n of f32[?n,1] may be 1 or not; name the axes that go");
  }
}

}  // namespace
}  // namespace tenon
