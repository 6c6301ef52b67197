// Gradients through operators whose results have extents that data decides: right, or an error that says why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "eager/grad.h"
#include "eager/jit.h"
#include "op/control/function.h"
#include "op/functions.h"

namespace tenon {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

Tensor tracked(std::initializer_list<float> values) {
  Tensor t = Tensor::from(values, {static_cast<i64>(values.size())});
  return t.track();
}
std::vector<float> elements(const Tensor& t) { return t.to_vector<float>(); }
std::vector<float> gradient(const Tensor& loss, const Tensor& x) { return elements(grad(loss, {x})[0]); }

/// The same through jit, where the extents are unknown while it is traced.
std::vector<float> traced_gradient(const std::function<Tensor(const Tensor&)>& loss, const Tensor& x) {
  Parameter p("p", x);
  Jit f([&](std::span<const Tensor>) { return grad(loss(p), {p.value()}); }, {p});
  return elements(f({})[0]);
}

TEST(SizedGradients, OfBranchesWithDifferentExtents) {
  const Type t{DType::F32, {3}};
  const FunctionPtr front = make_function(
      "front", {t}, [](std::span<const Value> p) { return std::vector<Value>{slice_axis(p[0], 0, 0, 2) * 2}; });
  const FunctionPtr all =
      make_function("all", {t}, [](std::span<const Value> p) { return std::vector<Value>{p[0] * p[0]}; });
  for (const bool yes : {true, false}) {
    const Tensor x = tracked({1, 2, 3});
    const Tensor condition(Array::scalar(Number::of_int(yes), DType::Bool));
    const auto branch = [&](const Tensor& in) { return cond<Tensor>(condition, front, all, {in})[0]; };
    EXPECT_EQ(branch(x).shape(), (yes ? Shape{2} : Shape{3}));
    const auto loss = [&](const Tensor& in) { return sum(branch(in) * branch(in)); };
    const auto expected = yes ? ElementsAre(8, 16, 0) : ElementsAre(4, 32, 108);
    EXPECT_THAT(gradient(loss(x), x), expected);
    EXPECT_THAT(traced_gradient(loss, x), expected);
    const Tensor first = grad(loss(x), {x})[0];
    EXPECT_THAT(gradient(sum(first), x), yes ? ElementsAre(8, 8, 0) : ElementsAre(12, 48, 108)) << "the second one";
  }
}

TEST(SizedGradients, OfBranchesThatDataSizes) {
  const Type t{DType::F32, {5}};
  const FunctionPtr positive = make_function("positive", {t}, [](std::span<const Value> p) {
    return std::vector<Value>{gather(p[0], squeeze(non_zero(greater(p[0], 0)), {0})) * 3};
  });
  const FunctionPtr ends = make_function(
      "ends", {t}, [](std::span<const Value> p) { return std::vector<Value>{slice(p[0], {0}, {5}, {4})}; });
  for (const bool yes : {true, false}) {
    const Tensor condition(Array::scalar(Number::of_int(yes), DType::Bool)), x = tracked({1, -2, 3, -4, 5});
    const auto loss = [&](const Tensor& in) {
      const Tensor y = cond<Tensor>(condition, positive, ends, {in})[0];
      return sum(y * y);
    };
    const auto expected = yes ? ElementsAre(18, 0, 54, 0, 90) : ElementsAre(2, 0, 0, 0, 10);
    EXPECT_THAT(gradient(loss(x), x), expected);
    EXPECT_THAT(traced_gradient(loss, x), expected);
  }
}

TEST(SizedGradients, OfSequencesDoNotExist) {
  const Tensor x = tracked({1, 2}), y = tracked({3, 4, 5});
  const Tensor z = sequence_concatenate(sequence<Tensor>({x, y}));
  const Tensor w = sequence_at(sequence<Tensor>({x, y}), Tensor(Array::scalar(Number::of_int(1), DType::I64)));
  const Tensor v = optional_value(optional(y)), u = sequence_concatenate(split_to_sequence(y));
  for (const auto& [t, op] :
       {std::pair{z, "sequence_concatenate"}, {w, "sequence_at"}, {v, "optional_value"}, {u, "sequence_concatenate"}})
    EXPECT_THAT(error_of([&] { gradient(sum(t * t), y); }),
                StartsWith(fmt::format("{}: this operator has no gradient", op)));
  const auto traced = [&](const Tensor& in) { return sum(sequence_concatenate(sequence<Tensor>({x, in}))); };
  EXPECT_THAT(error_of([&] { traced_gradient(traced, y); }),
              StartsWith("sequence_concatenate: this operator has no gradient"));
  EXPECT_THAT(gradient(sum(z * z) * 0 + sum(stop_gradient(z)) + sum(y), tracked({1})), ElementsAre(0))
      << "nothing depends on it";
}

TEST(SizedGradients, OfNonZeroAndCompress) {
  const Tensor x = tracked({0, 2, -3, 0, 1});
  const auto loss = [](const Tensor& in) {
    const Tensor chosen = gather(in, squeeze(non_zero(greater(in, 0.5)), {0}));
    return sum(chosen * chosen * chosen);
  };
  EXPECT_THAT(gradient(loss(x), x), ElementsAre(0, 12, 0, 0, 3));
  EXPECT_THAT(traced_gradient(loss, x), ElementsAre(0, 12, 0, 0, 3));
  const Tensor none = tracked({-1, -1});
  EXPECT_THAT(gradient(loss(none), none), ElementsAre(0, 0));
}

TEST(SizedGradients, OfUniqueGoToTheFirstOfEach) {
  const Tensor x = tracked({2, 1, 2, 3});
  const auto loss = [](const Tensor& in) {
    const auto u = unique(in);
    return sum(u.values * u.values);
  };
  EXPECT_THAT(gradient(loss(x), x), ElementsAre(4, 2, 0, 6));
  EXPECT_THAT(traced_gradient(loss, x), ElementsAre(4, 2, 0, 6));
}

TEST(SizedGradients, OfChosenBoxes) {
  const Tensor boxes = Tensor::from({0.f, 0.f, 2.f, 2.f, 0.f, 0.f, 2.f, 1.9f, 5.f, 5.f, 6.f, 6.f}, {1, 3, 4});
  const Tensor scores = Tensor::from({0.5f, 0.75f, 0.25f}, {3}).track();
  const auto loss = [&](const Tensor& s) {
    const Tensor chosen = non_max_suppression(boxes, reshape(s, {1, 1, 3}), 3, 0.5);
    const Tensor kept = gather(s, select(chosen, 1, 2));
    return sum(kept * kept);
  };
  EXPECT_THAT(gradient(loss(scores), scores), ElementsAre(0, 1.5, 0.5));
  EXPECT_THAT(traced_gradient(loss, scores), ElementsAre(0, 1.5, 0.5));
}

TEST(SizedGradients, OfRangesAreZero) {
  const Tensor x = tracked({2});
  const auto loss = [](const Tensor& in) {
    return sum(range(Tensor::scalar(0), squeeze(in, {0}) + 1, Tensor::scalar(1))) + sum(in * in);
  };
  EXPECT_THAT(gradient(loss(x), x), ElementsAre(4));
  EXPECT_THAT(traced_gradient(loss, x), ElementsAre(4));
}

TEST(SizedGradients, OfRepetitionsAndFills) {
  const Tensor x = tracked({1, 2}), count = Tensor::from<std::int64_t>({3}, {1});
  const auto repeated = [&](const Tensor& in) {
    const Tensor y = broadcast_to(expand_dims(in, {0}), concatenate({count, Tensor::from<std::int64_t>({2}, {1})}));
    return sum(y * y * y);
  };
  EXPECT_THAT(gradient(repeated(x), x), ElementsAre(9, 36));
  EXPECT_THAT(error_of([&] { traced_gradient(repeated, x); }),
              StartsWith("broadcast_to: its gradient needs extents that are"));
  const auto filled = [&](const Tensor& in) {
    const Tensor y = fill(count, select(in, 0, 1));
    return sum(y * y);
  };
  EXPECT_THAT(gradient(filled(x), x), ElementsAre(0, 12));
  EXPECT_THAT(traced_gradient(filled, x), ElementsAre(0, 12));
}

}  // namespace
}  // namespace tenon
