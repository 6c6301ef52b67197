// Tangents of expressions against their gradients, and expressions for many examples against each.
#include "expr/tangent.h"

#include <gtest/gtest.h>

#include "expr/examples.h"
#include "expr/random_testing.h"

namespace tenon::expr {
namespace {

using testing::fault_of;
using testing::fuzz_factor;
using testing::Generator;
using testing::gradient_value;

double inner(const Array& a, const Array& b) {
  double sum = 0;
  for (i64 k = 0; k < a.count(); ++k) sum += a.at(k).as_double() * b.at(k).as_double();
  return sum;
}

/// The tangent's value, given those of the operands and of the active ones' tangents.
Array tangent_value(const Expr& e, const std::vector<char>& active, std::vector<Array> in,
                    const std::vector<Array>& moves) {
  const auto t = tangent(e, active);
  if (!t) return Array::full(e.type(), 0.0);
  const bool extreme = e.reducer == Reducer::Max || e.reducer == Reducer::Min, product = e.reducer == Reducer::Prod;
  const Array reduced = evaluate(reduced_only(e), in);
  const Array position = extreme   ? evaluate(arg_of(e), in)
                         : product ? evaluate(zeros_of(e), in)
                                   : Array::full({DType::I64, e.type().shape}, Number::of_int(0));
  const std::vector<Array> others = product ? std::vector{evaluate(product_of_others(e), in)} : std::vector<Array>();
  in.insert(in.end(), moves.begin(), moves.end());
  in.push_back(reduced), in.push_back(position);
  in.insert(in.end(), others.begin(), others.end());
  return evaluate(*t, in);
}

/// <w, J v> = <J^T w, v>: sums of a few dozen products in another order.
std::string tangent_fault(const Expr& e, std::uint64_t seed) {
  Generator g(seed);
  const std::vector<Array> in = g.arrays(e);
  const std::vector<Array> moves{g.array(e.in[0]), g.array(e.in[1])};
  const Array weights = g.array(e.type());
  const double forward = inner(tangent_value(e, {1, 1, 0}, in, moves), weights);
  double reverse = 0;
  for (std::int32_t k : {0, 1}) reverse += inner(gradient_value(e, k, in, weights), moves[static_cast<std::size_t>(k)]);
  if (!(std::abs(forward - reverse) <= 1e-9 * std::max(1.0, std::abs(reverse))))
    return fmt::format("forward {}, reverse {}", forward, reverse);
  if (const auto t = tangent(e, std::vector<char>{1, 1, 0}); t && parse(to_text(*t), t->in) != *t)
    return "another expression comes back from text: " + to_text(*t);
  return "";
}

std::string examples_fault(const Expr& e, std::uint64_t seed) {
  Generator g(seed);
  constexpr i64 kCount = 3;
  const std::vector<char> batched{1, static_cast<char>(seed % 2), 1};
  std::vector<std::vector<Array>> each(kCount, g.arrays(e));
  std::vector<Array> all;
  for (std::size_t k = 0; k < e.in.size(); ++k) {
    Shape shape = e.in[k].shape;
    shape.insert(shape.begin(), kCount);
    Array together(e.in[k].dtype, shape);
    const i64 n = each[0][k].count();
    for (i64 b = 0; b < kCount; ++b) {
      if (batched[k]) each[static_cast<std::size_t>(b)][k] = g.array(e.in[k]);
      for (i64 i = 0; i < n; ++i) together.set(b * n + i, each[static_cast<std::size_t>(b)][k].at(i));
    }
    all.push_back(batched[k] ? together : each[0][k]);
  }
  const Array given = evaluate(for_examples(e, batched, kCount), all);
  for (i64 b = 0; b < kCount; ++b) {
    const Array one = evaluate(e, each[static_cast<std::size_t>(b)]);
    for (i64 i = 0; i < one.count(); ++i) {
      const Number x = given.at(b * one.count() + i), y = one.at(i);
      if (x.f != y.f && !(std::isnan(x.f) && std::isnan(y.f)))
        return fmt::format("example {}, element {} is {}, expected {}", b, i, x.f, y.f);
    }
  }
  return "";
}

class RandomTangents : public ::testing::TestWithParam<int> {};

TEST_P(RandomTangents, AreTransposedGradients) {
  for (int k = 0; k < 40 * fuzz_factor(); ++k) {
    const auto seed = static_cast<std::uint64_t>(GetParam()) << 32 | static_cast<std::uint64_t>(k);
    const auto check = [&](const Expr& e) { return tangent_fault(e, seed + 1); };
    ASSERT_EQ(fault_of(Generator(seed).expression(), check), "") << "seed " << seed;
  }
}

TEST_P(RandomTangents, ManyExamplesAreEachOfThem) {
  for (int k = 0; k < 40 * fuzz_factor(); ++k) {
    const auto seed = static_cast<std::uint64_t>(GetParam()) << 32 | static_cast<std::uint64_t>(k);
    const auto check = [&](const Expr& e) { return examples_fault(e, seed + 1); };
    ASSERT_EQ(fault_of(Generator(seed).expression(), check), "") << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomTangents, ::testing::Range(0, 20));

TEST(Tangent, OfAContractionIsTwoContractions) {
  const Type a{DType::F64, {2, 3}}, b{DType::F64, {3, 4}};
  const Index i("i", 2), j("j", 4), k("k", 3);
  const Expr e = compute({a, b}, {i, j}, sum({k}, Input(0, a)(i, k) * Input(1, b)(k, j)));
  EXPECT_EQ(to_text(*tangent(e, std::vector<char>{1, 0})), "[i0:2, i1:4 | k0:3] sum f64: x2[i0, k0] * x1[k0, i1]");
  EXPECT_FALSE(tangent(e, std::vector<char>{0, 0}));
}

TEST(Tangent, OfAMaximumIsAGather) {
  const Type t{DType::F64, {2, 5}};
  const Index i("i", 2), k("k", 5);
  const Expr e = compute({t}, {i}, max({k}, Input(0, t)(i, k)));
  const Expr moved = *tangent(e, std::vector<char>{1});
  EXPECT_EQ(moved.reducer, Reducer::None) << to_text(moved);
}

}  // namespace
}  // namespace tenon::expr
