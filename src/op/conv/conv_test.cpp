// Convolutions and their gradients are contractions; layouts, transposes and refusals.
#include <gtest/gtest.h>

#include "autodiff/reverse.h"
#include "base/error_of.h"
#include "expr/testing.h"
#include "expr/text.h"
#include "op/functions.h"
#include "op/value_testing.h"

namespace tenon {
namespace {

using expr::testing::distance;
using expr::testing::random_array;

Type f64(Shape shape) { return {DType::F64, std::move(shape)}; }

Value random_leaf(const Type& t, std::uint64_t seed) {
  Rng rng(seed);
  return Value(Node::leaf(random_array(rng, t)), 0);
}

/// Sums of some dozens of products of numbers below 1 in f64.
constexpr double kClose = 1e-12;

/// Kinds of contractions: "implicit GEMM" and so on, or why an expression is none. What the kernel computes from packed
/// sides is compared with the value.
std::string kind_of(const expr::Expr& e) {
  std::string why;
  const auto c = expr::classify(e, &why);
  if (!c) return why;
  Rng rng(7);
  std::vector<Array> in;
  for (const Type& t : e.in) in.push_back(random_array(rng, t));
  EXPECT_LE(distance(expr::testing::packed_product(*c, in), expr::evaluate(e, in)), kClose) << expr::to_text(e);
  return c->kind;
}

struct ConvCase {
  std::string name;
  OpRef op;
  Shape x, w;
  std::string y_kind, x_kind, w_kind;
};

std::vector<ConvCase> conv_cases() {
  const std::string gemm = "GEMM", implicit = "implicit GEMM", grouped = "batched implicit GEMM",
                    deep = "depthwise-like";
  auto op = [](Conv c) { return make_op(std::move(c)); };
  auto transposed = [](ConvTranspose c) { return make_op(std::move(c)); };
  const Ints one{1, 1}, two{2, 2};
  return {{"1x1", op({}), {2, 3, 4, 5}, {6, 3, 1, 1}, gemm, gemm, gemm},
          {"1d",
           op({.stride = {2}, .pads_begin = {1}, .pads_end = {1}}),
           {2, 3, 7},
           {4, 3, 3},
           implicit,
           implicit,
           implicit},
          {"2d", op({.pads_begin = one, .pads_end = one}), {2, 3, 4, 5}, {4, 3, 3, 3}, implicit, implicit, implicit},
          {"3d", op({.pads_begin = {1, 1, 1}}), {2, 2, 3, 3, 3}, {3, 2, 2, 2, 2}, implicit, implicit, implicit},
          {"strided",
           op({.stride = {2, 3}, .pads_begin = one, .pads_end = one}),
           {2, 3, 6, 7},
           {4, 3, 3, 3},
           implicit,
           implicit,
           implicit},
          {"dilated", op({.dilation = {2, 1}}), {2, 3, 6, 5}, {4, 3, 2, 3}, implicit, implicit, implicit},
          {"grouped", op({.stride = two, .groups = 2}), {2, 4, 5, 5}, {6, 2, 3, 3}, grouped, grouped, grouped},
          {"depthwise",
           op({.pads_begin = one, .pads_end = one, .groups = 4}),
           {2, 4, 4, 4},
           {4, 1, 3, 3},
           deep,
           deep,
           deep},
          {"nhwc", op({.stride = two, .layout = "nhwc"}), {2, 5, 5, 3}, {3, 3, 3, 4}, implicit, implicit, implicit},
          {"transposed",
           transposed({.stride = two, .pads_begin = one, .output_padding = one}),
           {2, 3, 4, 4},
           {3, 4, 3, 3},
           implicit,
           implicit,
           implicit},
          {"transposed groups",
           transposed({.stride = two, .groups = 2}),
           {2, 4, 3, 3},
           {4, 3, 2, 2},
           grouped,
           grouped,
           grouped}};
}

TEST(Convolution, IsAContractionWithItsGradients) {
  int contractions = 0;
  for (const ConvCase& c : conv_cases()) {
    SCOPED_TRACE(c.name);
    const std::vector<Type> in{f64(c.x), f64(c.w)};
    const expr::Expr e = c.op->define(in);
    EXPECT_EQ(kind_of(e), c.y_kind);
    const std::string kinds[] = {c.x_kind, c.w_kind};
    for (std::int32_t operand = 0; operand < 2; ++operand) {
      const auto terms = expr::gradient(e, operand);
      ASSERT_EQ(terms.size(), 1u);
      EXPECT_EQ(kind_of(terms[0].e), kinds[operand]) << "gradient of operand " << operand;
    }
    contractions += 3;
  }
  EXPECT_EQ(contractions, 33);
}

TEST(Convolution, StaysAContractionWithABias) {
  const std::vector<Type> in{f64({2, 4, 5, 5}), f64({6, 2, 3, 3}), f64({6})};
  EXPECT_EQ(kind_of(make_op(Conv{.groups = 2})->define(in)), "batched implicit GEMM");
}

TEST(Convolution, ChannelsMayBeLast) {
  const Value x = random_leaf(f64({2, 4, 5, 6}), 1), w = random_leaf(f64({6, 2, 3, 2}), 2),
              bias = random_leaf(f64({6}), 3);
  const Value x_last = transpose(x, {0, 2, 3, 1}), w_last = transpose(w, {2, 3, 1, 0});
  Conv a{.stride = {1, 2}, .pads_begin = {1, 0}, .groups = 2};
  const Value y = conv(x, w, bias, a);
  a.layout = "nhwc";
  EXPECT_LE(distance(value_of(transpose(conv(x_last, w_last, bias, a), {0, 3, 1, 2})), value_of(y)), kClose);
}

TEST(Convolution, ItsTransposeIsItsGradient) {
  const Value x = random_leaf(f64({2, 4, 7, 6}), 1), w = random_leaf(f64({6, 2, 3, 2}), 2);
  const Conv a{.stride = {2, 3}, .dilation = {1, 2}, .pads_begin = {1, 0}, .pads_end = {0, 2}, .groups = 2};
  const Value y = conv(x, w, a), dy = random_leaf(y.type(), 4);
  const Value dx = gradients(y, std::vector<Value>{x}, dy)[0];
  const ConvTranspose t{.stride = a.stride,
                        .dilation = a.dilation,
                        .pads_begin = a.pads_begin,
                        .pads_end = a.pads_end,
                        .output_padding = {1, 2},
                        .groups = 2};
  const Value back = conv_transpose(dy, w, t);
  ASSERT_EQ(back.type(), x.type());
  EXPECT_LE(distance(value_of(back), value_of(dx)), kClose);
}

TEST(Convolution, FoldIsTheTransposeOfUnfold) {
  const Value x = random_leaf(f64({2, 3, 5, 6}), 1);
  const Unfold u{.size = {3, 2}, .stride = {2, 1}, .pads_begin = {1, 0}, .pads_end = {1, 1}};
  const Value columns = unfold(x, u), dy = random_leaf(columns.type(), 2);
  const Value dx = gradients(columns, std::vector<Value>{x}, dy)[0];
  const Fold f{
      .extents = {5, 6}, .size = u.size, .stride = u.stride, .pads_begin = u.pads_begin, .pads_end = u.pads_end};
  EXPECT_LE(distance(value_of(fold(dy, f)), value_of(dx)), kClose);
}

TEST(Convolution, RefusesWhatDoesNotFit) {
  const Value x = random_leaf(f64({2, 4, 5, 5}), 1), w = random_leaf(f64({6, 4, 3, 3}), 2);
  EXPECT_EQ(
      error_of([&] { conv(x, random_leaf(f64({6, 3, 3, 3}), 2)); }),
      "conv: x is f64[2,4,5,5] with 4 channels in 1 groups, but w is f64[6,3,3,3], for 3 in each; they must agree");
  EXPECT_EQ(error_of([&] { conv(x, w, {.groups = 3}); }),
            "conv: x is f64[2,4,5,5] with 4 channels, which 3 groups do not divide");
  EXPECT_EQ(error_of([&] { conv(x, w, {.groups = 0}); }),
            "conv: x is f64[2,4,5,5] with 4 channels, which 0 groups do not divide");
  EXPECT_EQ(error_of([&] { conv(x, w, {.stride = {1}}); }),
            "conv: stride [1] has 1 numbers, expected one for each of 2 spatial dimensions");
  EXPECT_EQ(error_of([&] { conv(x, w, {.stride = {1, 0}}); }),
            "conv: stride [1,0] is out of range; expected numbers from 1 to 2147483648");
  EXPECT_EQ(error_of([&] { conv(x, w, {.pads_end = {0, i64(1) << 62}}); }),
            "conv: pads_end [0,4611686018427387904] is out of range; expected numbers from -2147483648 to 2147483648");
  EXPECT_EQ(
      error_of([&] { conv(x, w, {.dilation = {3, 1}}); }),
      "conv: spatial dimension 0 has 5 elements, 5 with padding, but a window spans 7; use more padding, a smaller "
      "window or less dilation");
  EXPECT_EQ(error_of([&] { conv(x, w, {.layout = "chwn"}); }),
            "conv: layout \"chwn\" is unknown; expected \"nchw\" or \"nhwc\"");
  EXPECT_EQ(error_of([&] { conv(x, w, random_leaf(f64({5}), 3)); }),
            "conv: the bias is f64[5], expected f64[6]: one for each channel of the result");
  EXPECT_EQ(
      error_of([&] { conv_transpose(x, random_leaf(f64({4, 6, 3, 3}), 2), {.output_padding = {1, 0}}); }),
      "conv_transpose: output_padding 1 in spatial dimension 0 is out of range; expected 0 to 0, less than the larger "
      "of stride and dilation");
  EXPECT_EQ(
      error_of([&] { max_pool(x, {.size = {2, 2}, .pads_begin = {0, 2}}); }),
      "max_pool: the pad 2 in spatial dimension 1 is out of range; expected 0 to 1, less than the extent of a window");
  EXPECT_EQ(error_of([&] { max_pool(x, {}); }),
            "max_pool: the windows have no spatial dimension, expected at least one");
  EXPECT_EQ(error_of([&] { adaptive_max_pool(x, {3, -2}); }),
            "adaptive_max_pool: extents [3,-2] has the number -2, expected at least 0, or -1 to keep an extent");
  EXPECT_EQ(error_of([&] { lp_pool(x, {.size = {2, 2}}, 0.5); }),
            "lp_pool: p is 0.5, expected a number of at least 1; use max_pool for infinity");
  EXPECT_EQ(error_of([&] { fold(random_leaf(f64({1, 7, 4}), 1), {.extents = {3, 3}, .size = {2, 2}}); }),
            "fold: x is f64[1,7,4] with 7 rows, which the 4 elements of a window do not divide");
}

// Where everything is as low as the padding, the position is still an element's.
TEST(Pooling, IndicesAreElementsEverywhere) {
  const Array low = Array::full({DType::F32, {1, 1, 3, 3}}, Number(-expr::kInfinity));
  const OpRef op =
      make_op(MaxPoolWithIndices{{.size = {3, 3}, .stride = {2, 2}, .pads_begin = {2, 1}, .pads_end = {1, 1}}});
  const auto out = interpret(*op, std::vector<Array>{low});
  EXPECT_EQ(out[1].type(), Type({DType::I64, {1, 1, 2, 2}}));
  const i64 expected[] = {0, 1, 0, 1};
  for (i64 k = 0; k < 4; ++k) EXPECT_EQ(out[1].at(k).as_int(), expected[k]) << k;
}

}  // namespace
}  // namespace tenon
