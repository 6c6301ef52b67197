// Random operators by their moments, ranges and frequencies: closed forms, of samples so large that a fair generator
// stays within the bounds in all but one of a million seeds.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error_of.h"
#include "onnx/session.h"
#include "onnx/tensors.h"

namespace tenon::onnx {
namespace {

constexpr i64 kMany = 200'000;
/// Standard errors: of a normal distribution, one in a million lies farther out.
constexpr double kErrors = 5;

struct Random {
  std::string op;
  std::map<std::string, double> reals = {};
  std::map<std::string, i64> integers = {};
  std::optional<Type> input = {};
  std::string output = "y";
  Ints shape = {};
};

Session session_of(const Random& r, int opset = 15) {
  pb::ModelProto m;
  m.set_ir_version(8);
  m.add_opset_import()->set_version(opset);
  pb::GraphProto& g = *m.mutable_graph();
  g.set_name("random");
  pb::NodeProto& n = *g.add_node();
  n.set_op_type(r.op);
  n.add_output(r.output);
  g.add_output()->set_name(r.output);
  if (r.input) {
    n.add_input("x");
    g.add_input()->set_name("x");
    *g.mutable_input(0)->mutable_type() = proto_of(*r.input);
  }
  const auto attribute = [&](const std::string& name, pb::AttributeProto::AttributeType type) -> pb::AttributeProto& {
    pb::AttributeProto& a = *n.add_attribute();
    a.set_name(name);
    a.set_type(type);
    return a;
  };
  for (const auto& [name, value] : r.reals) attribute(name, pb::AttributeProto::FLOAT).set_f(static_cast<float>(value));
  for (const auto& [name, value] : r.integers) attribute(name, pb::AttributeProto::INT).set_i(value);
  if (!r.shape.empty()) {
    pb::AttributeProto& a = attribute("shape", pb::AttributeProto::INTS);
    for (const i64 extent : r.shape) a.add_ints(extent);
  }
  return Session(Model::parse(m.SerializeAsString()));
}

Array numbers_of(const Random& r, const std::vector<Array>& in = {}) { return session_of(r).run(in)[0]; }

/// Mean, variance, skewness, excess kurtosis, the correlation of neighbours, and the range.
struct Moments {
  double mean = 0, variance = 0, skewness = 0, kurtosis = 0, neighbours = 0;
  double least = INFINITY, most = -INFINITY;

  explicit Moments(const Array& a) {
    const auto n = static_cast<double>(a.count());
    std::vector<double> x;
    for (i64 k = 0; k < a.count(); ++k) x.push_back(a.at(k).as_double());
    for (const double v : x) mean += v / n, least = std::min(least, v), most = std::max(most, v);
    double third = 0, fourth = 0, pairs = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      const double d = x[k] - mean;
      variance += d * d / n, third += d * d * d / n, fourth += d * d * d * d / n;
      if (k > 0) pairs += d * (x[k - 1] - mean) / n;
    }
    skewness = third / std::pow(variance, 1.5), kurtosis = fourth / (variance * variance) - 3;
    neighbours = pairs / variance;
  }
};

/// `kurtosis`: what the distribution has beyond a normal one's 3.
void expect_moments(const Array& a, double mean, double variance, double kurtosis) {
  const Moments m(a);
  const double root = std::sqrt(static_cast<double>(a.count()));
  EXPECT_NEAR(m.mean, mean, kErrors * std::sqrt(variance) / root);
  EXPECT_NEAR(m.variance, variance, kErrors * variance * std::sqrt(kurtosis + 2) / root);
  EXPECT_NEAR(m.skewness, 0, kErrors * std::sqrt(15.0) / root);
  EXPECT_NEAR(m.kurtosis, kurtosis, kErrors * std::sqrt(96.0) / root);
  EXPECT_NEAR(m.neighbours, 0, kErrors / root);
}

constexpr DType kFloats[] = {DType::F32, DType::F64, DType::F16, DType::BF16};

TEST(RandomNumbers, NormalOnesHaveItsMoments) {
  for (const DType t : kFloats) {
    const Array y = numbers_of({.op = "RandomNormal",
                                .reals = {{"mean", 3}, {"scale", 0.5}, {"seed", 11}},
                                .integers = {{"dtype", onnx_of_dtype(t)}},
                                .shape = {kMany / 4, 4}});
    EXPECT_EQ(y.type(), Type(t, {kMany / 4, 4}));
    expect_moments(y, 3, 0.25, 0);
  }
  const Array y = numbers_of({.op = "RandomNormal", .reals = {{"seed", 3}}, .shape = {kMany}});
  EXPECT_EQ(y.type(), Type(DType::F32, {kMany}));
  expect_moments(y, 0, 1, 0);
  EXPECT_GT(Moments(y).most, 4) << "of 200,000, six are expected beyond 4";
}

TEST(RandomNumbers, UniformOnesStayBelowTheirLimit) {
  for (const DType t : kFloats) {
    const Array y = numbers_of({.op = "RandomUniform",
                                .reals = {{"low", -2}, {"high", 5}, {"seed", 7}},
                                .integers = {{"dtype", onnx_of_dtype(t)}},
                                .shape = {2, kMany / 2}});
    EXPECT_EQ(y.type(), Type(t, {2, kMany / 2}));
    // bf16 numbers are so few that their own spacing is to be seen in the moments.
    if (t != DType::BF16) expect_moments(y, 1.5, 49.0 / 12, -1.2);
    EXPECT_GE(Moments(y).least, -2);
    EXPECT_LT(Moments(y).most, 5) << name_of(t);
  }
  const Array y = numbers_of({.op = "RandomUniform", .reals = {{"seed", 2}}, .shape = {kMany}});
  expect_moments(y, 0.5, 1.0 / 12, -1.2);
  EXPECT_GE(Moments(y).least, 0);
  EXPECT_LT(Moments(y).least, 1e-4);
  EXPECT_LT(Moments(y).most, 1);
  EXPECT_GT(Moments(y).most, 1 - 1e-4);
}

// The shape is the input's, whatever that is when the model runs; the type too, unless an attribute says another.
TEST(RandomNumbers, LikeAnother) {
  const Type open{DType::F64, {Dim::symbol("n"), 3}}, whole{DType::I32, {Dim::symbol("n")}};
  for (const char* op : {"RandomNormalLike", "RandomUniformLike"}) {
    const Session like = session_of({.op = op, .reals = {{"seed", 5}}, .input = open});
    for (const i64 n : {kMany / 3, i64{2}, i64{0}})
      EXPECT_EQ(like.run(std::vector{Array(Type{DType::F64, {n, 3}})})[0].type(), Type(DType::F64, {n, 3}));
    const Session typed =
        session_of({.op = op, .reals = {{"seed", 5}}, .integers = {{"dtype", pb::TensorProto::FLOAT}}, .input = whole});
    EXPECT_EQ(typed.run(std::vector{Array::full({DType::I32, {4}}, 9.0)})[0].type(), Type(DType::F32, {4}));
  }
  const std::vector<Array> in{Array(Type{DType::F64, {kMany / 2, 2}})};
  const Type two{DType::F64, {Dim::symbol("n"), 2}};
  expect_moments(numbers_of({"RandomNormalLike", {{"mean", -1}, {"scale", 2}, {"seed", 1}}, {}, two}, in), -1, 4, 0);
  expect_moments(numbers_of({"RandomUniformLike", {{"low", 2}, {"high", 4}, {"seed", 1}}, {}, two}, in), 3, 1.0 / 3,
                 -1.2);
}

TEST(RandomNumbers, BernoulliAsOftenAsTheInputSays) {
  constexpr i64 kColumns = 5;
  const double p[kColumns] = {0, 0.1, 0.5, 0.97, 1};
  for (const DType t : {DType::F32, DType::F64}) {
    Array x(Type{t, {kMany, kColumns}});
    for (i64 k = 0; k < x.count(); ++k) x.set(k, p[k % kColumns]);
    for (const DType to : {t, DType::Bool, DType::I32}) {
      const Array y = numbers_of({.op = "Bernoulli",
                                  .reals = {{"seed", 4}},
                                  .integers = {{"dtype", onnx_of_dtype(to)}},
                                  .input = Type{t, {Dim::symbol("n"), kColumns}}},
                                 {x});
      ASSERT_EQ(y.type(), Type(to, {kMany, kColumns}));
      i64 ones[kColumns] = {};
      for (i64 k = 0; k < y.count(); ++k) {
        const double v = y.at(k).as_double();
        ASSERT_TRUE(v == 0 || v == 1) << v;
        ones[k % kColumns] += v == 1;
      }
      for (i64 c = 0; c < kColumns; ++c)
        EXPECT_NEAR(static_cast<double>(ones[c]), p[c] * kMany, kErrors * std::sqrt(kMany * p[c] * (1 - p[c]))) << c;
    }
  }
  const Array y =
      numbers_of({.op = "Bernoulli", .input = Type{DType::F64, {3}}}, {Array::full({DType::F64, {3}}, 1.0)});
  EXPECT_EQ(y.type(), Type(DType::F64, {3}));
}

// Classes by logarithms of weights, which need not sum to 1; one after the other is independent.
TEST(RandomNumbers, MultinomialAsOftenAsTheWeightsSay) {
  constexpr i64 kClasses = 3, kRows = 2;
  const double weights[kRows][kClasses] = {{1, 2, 7}, {30, 0, 10}}, sums[kRows] = {10, 40};
  for (const DType to : {DType::I32, DType::I64}) {
    Array x(Type{DType::F32, {kRows, kClasses}});
    for (i64 k = 0; k < x.count(); ++k) x.set(k, std::log(weights[k / kClasses][k % kClasses]));
    const Array y = numbers_of({.op = "Multinomial",
                                .reals = {{"seed", 6}},
                                .integers = {{"sample_size", kMany}, {"dtype", onnx_of_dtype(to)}},
                                .input = Type{DType::F32, {Dim::symbol("n"), kClasses}}},
                               {x});
    ASSERT_EQ(y.type(), Type(to, {kRows, kMany}));
    for (i64 r = 0; r < kRows; ++r) {
      i64 found[kClasses] = {}, twice[kClasses] = {};
      for (i64 k = 0; k < kMany; ++k) {
        const i64 c = y.at(r * kMany + k).as_int();
        ASSERT_TRUE(c >= 0 && c < kClasses) << c;
        ++found[c];
        twice[c] += k > 0 && y.at(r * kMany + k - 1).as_int() == c;
      }
      for (i64 c = 0; c < kClasses; ++c) {
        const double p = weights[r][c] / sums[r];
        EXPECT_NEAR(static_cast<double>(found[c]), p * kMany, kErrors * std::sqrt(kMany * p * (1 - p)))
            << r << " " << c;
        // Of pairs, neighbours overlap, which adds 2 p^3 (1 - p) to the variance of independent ones.
        const double variance = p * p * (1 - p * p) + 2 * p * p * p * (1 - p);
        EXPECT_NEAR(static_cast<double>(twice[c]), p * p * kMany, kErrors * std::sqrt(kMany * variance))
            << r << " " << c;
      }
    }
  }
  const Array y =
      numbers_of({.op = "Multinomial", .input = Type{DType::F32, {4, 2}}}, {Array::full({DType::F32, {4, 2}}, 0.0)});
  EXPECT_EQ(y.type(), Type(DType::I32, {4, 1}));
}

// A seed's numbers are the same in every run, every session and every process; without one, the output's name is it.
TEST(RandomNumbers, SeedsAndNamesDecide) {
  const Type t{DType::F32, {1000}};
  const std::vector<Array> half{Array::full(t, 0.5)}, rows{Array::full({DType::F32, {100, 8}}, 0.0)};
  const Type classes{DType::F32, {100, 8}};
  const std::vector<std::pair<Random, std::vector<Array>>> all{
      {{.op = "RandomNormal", .shape = {1000}}, {}},  {{.op = "RandomUniform", .shape = {1000}}, {}},
      {{.op = "RandomNormalLike", .input = t}, half}, {{.op = "RandomUniformLike", .input = t}, half},
      {{.op = "Bernoulli", .input = t}, half},        {{.op = "Multinomial", .input = classes}, rows}};
  for (const auto& [op, data] : all) {
    const std::vector<Array>& in = data;
    std::vector<Array> seen;
    const auto numbers = [&](const Random& wanted) {
      const Session s = session_of(wanted);
      const Array first = s.run(in)[0];
      EXPECT_TRUE(identical(first, s.run(in)[0])) << wanted.op;
      EXPECT_TRUE(identical(first, numbers_of(wanted, in))) << wanted.op;
      return first;
    };
    for (const double seed : {0.0, 1.0, 1.5, -1.0}) {
      Random r = op;
      r.reals["seed"] = seed;
      seen.push_back(numbers(r));
      r.output = "z";
      EXPECT_TRUE(identical(seen.back(), numbers(r))) << op.op << ": the seed decides alone";
    }
    for (const char* name : {"y", "z"}) {
      Random r = op;
      r.output = name;
      seen.push_back(numbers(r));
    }
    for (std::size_t a = 0; a < seen.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) EXPECT_FALSE(identical(seen[a], seen[b])) << op.op << ": " << a << ", " << b;
  }
}

}  // namespace
}  // namespace tenon::onnx
