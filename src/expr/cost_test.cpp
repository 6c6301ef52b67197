#include <gtest/gtest.h>

#include "expr/random_testing.h"
#include "expr/text.h"

namespace tenon::expr {
namespace {

Type f32(Shape shape) { return {DType::F32, std::move(shape)}; }

/// Counted by closed forms and by walking through the points.
void expect_cost(const Expr& e, double flops, double bytes) {
  Cost c = cost_of(e, Counted::Holding);
  EXPECT_TRUE(c.exact) << to_text(e);
  EXPECT_EQ(c.flops, flops) << to_text(e);
  EXPECT_EQ(c.bytes, bytes) << to_text(e);
}
void expect_as_enumerated(const Expr& e) {
  Cost walked = testing::Enumeration(e).run(), c = cost_of(e, Counted::Holding);
  expect_cost(e, walked.flops, walked.bytes);
  EXPECT_EQ(c.points, walked.points) << to_text(e);
}

Expr matmul(i64 m, i64 n, i64 k) {
  Type ta = f32({m, k}), tb = f32({k, n});
  Input a(0, ta), b(1, tb);
  Index i("i", m), j("j", n), r("k", k);
  return compute({ta, tb}, {i, j}, sum({r}, a(i, r) * b(r, j)));
}

TEST(Costs, Contractions) {
  for (auto [m, n, k] : {std::tuple{1024, 1024, 1024}, {33, 7, 1}, {1, 4096, 4096}, {5, 0, 3}}) {
    Cost c = cost_of(matmul(m, n, k));
    EXPECT_TRUE(c.exact);
    EXPECT_EQ(c.flops, 2.0 * m * n * k);
    EXPECT_EQ(c.bytes, m * n == 0 ? 0 : 4.0 * (double(m) * k + double(k) * n + double(m) * n));
  }
  EXPECT_DOUBLE_EQ(cost_of(matmul(512, 512, 512)).intensity(), 512 / 6.0);

  Type ta = f32({300, 400}), tx = f32({400});
  Input a(0, ta), x(1, tx);
  Index i("i", 300), k("k", 400);
  expect_cost(compute({ta, tx}, {i}, sum({k}, a(i, k) * x(k))), 2.0 * 300 * 400, 4.0 * (300 * 400 + 400 + 300));
}

TEST(Costs, ElementWise) {
  Type t = f32({1000, 1000});
  Input a(0, t), b(1, t);
  Index i("i", 1000), j("j", 1000);
  Cost c = cost_of(compute({t, t}, {i, j}, a(i, j) + b(i, j)));
  EXPECT_TRUE(c.exact);
  EXPECT_DOUBLE_EQ(c.intensity(), 1 / 12.0);
  expect_cost(compute({t, t}, {i, j}, exp(a(i, j)) * b(i, 7)), 2e6, 4.0 * (1e6 + 1000 + 1e6));
  Index e("e", 500);
  expect_cost(compute({t}, {e}, a(e * 2, 3)), 0, 4.0 * 1000);
}

struct Convolution {
  i64 n = 1, groups = 1, c = 3, k = 4, height = 7, width = 6, r = 3, s = 3, stride = 1, dilation = 1, pad = 0;

  i64 out(i64 extent, i64 window) const { return (extent + 2 * pad - dilation * (window - 1) - 1) / stride + 1; }
  Expr expression() const {
    Type tx = f32({n, groups * c, height, width}), tw = f32({groups * k, c, r, s});
    Input x(0, tx), w(1, tw);
    Index b("b", n), g("g", groups), f("f", k), p("p", out(height, r)), q("q", out(width, s));
    Index ch("c", c), y("y", r), z("z", s);
    return compute(
        {tx, tw}, {b, join(g, f), p, q},
        sum({ch, y, z}, x.outside(0)(b, g * c + ch, p * stride + y * dilation - pad, q * stride + z * dilation - pad) *
                            w(g * k + f, ch, y, z)));
  }
  /// Pairs of output and window position that meet the image, and image positions that are read.
  std::pair<double, double> along(i64 extent, i64 window) const {
    double pairs = 0;
    std::vector<char> read(static_cast<std::size_t>(extent), 0);
    for (i64 o = 0; o < out(extent, window); ++o)
      for (i64 t = 0; t < window; ++t) {
        i64 at = o * stride + t * dilation - pad;
        if (at < 0 || at >= extent) continue;
        ++pairs;
        read[static_cast<std::size_t>(at)] = 1;
      }
    return {pairs, static_cast<double>(std::count(read.begin(), read.end(), 1))};
  }
};

TEST(Costs, Convolutions) {
  for (const Convolution& c : {Convolution{},
                               {.stride = 2, .pad = 1},
                               {.n = 2, .groups = 2, .stride = 3, .dilation = 2, .pad = 2},
                               {.height = 5, .r = 1, .s = 1, .stride = 2},
                               {.groups = 4, .c = 1, .k = 1, .pad = 1},
                               {.n = 8, .c = 64, .k = 64, .height = 112, .width = 112, .stride = 2, .pad = 1}}) {
    auto [rows, height] = c.along(c.height, c.r);
    auto [columns, width] = c.along(c.width, c.s);
    double channels = static_cast<double>(c.n * c.groups * c.k * c.c);
    double elements = c.n * c.groups * c.c * height * width + c.groups * c.k * c.c * c.r * c.s +
                      c.n * c.groups * c.k * c.out(c.height, c.r) * c.out(c.width, c.s);
    expect_cost(c.expression(), 2 * channels * rows * columns, 4 * elements);
    Cost all = cost_of(c.expression());
    EXPECT_EQ(all.flops, 2 * channels * c.r * c.s * c.out(c.height, c.r) * c.out(c.width, c.s));
    EXPECT_EQ(all.bytes, 4 * elements);
    if (c.n * c.c < 20) expect_as_enumerated(c.expression());
  }
}

TEST(Costs, Pooling) {
  Type t = f32({2, 3, 9, 9});
  Input x(0, t);
  Index n("n", 2), c("c", 3), p("p", 5), q("q", 5), r("r", 3), s("s", 3);
  Scalar window = x.outside(-kInfinity)(n, c, p * 2 + r - 1, q * 2 + s - 1);
  Expr e = compute({t}, {n, c, p, q}, max({r, s}, window));
  expect_cost(e, 6.0 * 13 * 13, 4.0 * (6 * 81 + 6 * 25));  // along a side 3 + 3 + 3 + 2 + 2 of 15
  EXPECT_EQ(cost_of(e).flops, 6.0 * 225);
}

TEST(Costs, BranchesAndUnions) {
  Type t = f32({9, 9});
  Input x(0, t);
  Index i("i", 9), j("j", 9), r("r", 3);
  expect_as_enumerated(compute({t}, {i}, sum({j}, where(j <= i, exp(x(i, j)), 0))));
  expect_as_enumerated(compute({t}, {i, j}, where(j < i, exp(x(i, j)), x(j, i) * x(j, i))));
  expect_as_enumerated(compute({t}, {i}, x(i, i) + x.outside(0)(i, i + 1)));
  expect_as_enumerated(compute({t}, {i, j}, x.outside(1)(exact_div(i + j, 2), exact_div(i - j, 3))));
  expect_as_enumerated(compute({t}, {i}, sum({r}, x.outside(0)(exact_div(i - r, 2), r))));
}

TEST(Costs, GradientsOfStridedConvolutionsWithoutTheLattice) {
  Convolution c{.n = 2, .c = 3, .k = 4, .stride = 2, .pad = 1};
  auto terms = gradient(c.expression(), 0);
  ASSERT_EQ(terms.size(), 1u);
  EXPECT_EQ(cost_of(terms[0].e).points, 9072);
  EXPECT_EQ(cost_of(terms[0].e, Counted::Holding).points, cost_of(c.expression(), Counted::Holding).points);
  expect_as_enumerated(terms[0].e);
}

TEST(Costs, SaysWhereItIsABound) {
  Type ids{DType::I64, {5}}, table = f32({100, 3});
  Input id(0, ids), t(1, table);
  Index i("i", 5), j("j", 3);
  Cost c = cost_of(compute({ids, table}, {i, j}, t(id(i), j)));
  EXPECT_FALSE(c.exact);
  Convolution large{.c = 2, .height = 50, .width = 50, .pad = 1};
  EXPECT_TRUE(cost_of(large.expression(), Counted::Holding, 1000).exact);
  EXPECT_FALSE(cost_of(large.expression(), Counted::Holding, 2).exact);
}

TEST(Costs, PartsOfAConcatenationTakeNoTimeEach) {
  constexpr i64 kParts = 40, kEach = 3;
  std::vector<Type> types(kParts, f32({kEach}));
  const Index i("i", kParts * kEach);
  std::vector<Input> parts;
  for (i64 k = 0; k < kParts; ++k) parts.emplace_back(static_cast<int>(k), types[0]);
  Scalar body = parts[kParts - 1].outside(0)(i - (kParts - 1) * kEach);
  for (i64 k = kParts - 2; k >= 0; --k)
    body = where(i < (k + 1) * kEach, sqrt(parts[static_cast<std::size_t>(k)].outside(0)(i - k * kEach)), body);
  const Cost c = cost_of(compute(types, {i}, body), Counted::Holding, 5000);
  EXPECT_TRUE(c.exact);
  EXPECT_EQ(c.flops, (kParts - 1) * kEach);
  EXPECT_EQ(c.bytes, 4 * 2 * kParts * kEach);
}

TEST(Costs, NothingIsDoneOutsideOfATensor) {
  const Type t = f32({10}), w = f32({5});
  Input x(0, t), y(1, w);
  const Index i("i", 10), k("k", 5);
  const Expr copy = compute({t}, {i}, x.outside(0)(i + 100)),
             window = compute({t, w}, {i}, sum({k}, x.outside(0)(i - k - 100) * y(k)));
  for (const Expr& e : {copy, window}) {
    const Cost c = cost_of(e, Counted::Holding);
    EXPECT_TRUE(c.exact);
    EXPECT_EQ(c.points, 0) << to_text(e);
    EXPECT_EQ(c.flops, 0) << to_text(e);
    EXPECT_EQ(c.bytes, 4 * 10) << to_text(e);  // the output
    expect_as_enumerated(e);
  }
  EXPECT_EQ(cost_of(compute({t}, {i}, sum({k}, x.outside(1)(i + 100))), Counted::Holding).flops, 50);  // adds ones
  EXPECT_EQ(cost_of(window).points, 50);
}

/// Expressions of two accesses whose forms may lie far outside of their tensors, run backwards, or hit a lattice alone.
class Accesses {
 public:
  explicit Accesses(std::uint64_t seed) : rng_(seed) {}

  Expr expression() {
    const std::vector<Index> parallel = box("i", 1, 2), reduced = box("r", 0, 2);
    std::vector<Index> all = parallel;
    all.insert(all.end(), reduced.begin(), reduced.end());
    const std::vector<Type> in{type(), type()};
    Scalar a = read(0, in[0], all), b = read(1, in[1], all);
    Scalar s = chance(3) ? exp(a) + b : a * b;
    if (chance(3)) s = where(form(all) <= Affine(pick(-3, 3)), s, chance(2) ? Scalar(0) : read(0, in[0], all));
    if (!reduced.empty()) s = chance(3) ? max(reduced, s) : sum(reduced, s);
    if (chance(4)) s = s + read(1, in[1], parallel);
    return compute(in, dims(parallel), s);
  }

 private:
  i64 pick(i64 low, i64 high) { return low + static_cast<i64>(rng_.below(static_cast<std::uint64_t>(high - low + 1))); }
  bool chance(i64 in) { return pick(1, in) == 1; }
  std::vector<Index> box(const std::string& prefix, i64 fewest, i64 most) {
    std::vector<Index> v;
    for (i64 n = pick(fewest, most); n > 0; --n)
      v.emplace_back(prefix + std::to_string(n), pick(0, 19) ? pick(1, 7) : 0);
    return v;
  }
  Type type() {
    Type t{DType::F32, {}};
    for (i64 d = pick(0, 3); d > 0; --d) t.shape.push_back(pick(0, 19) ? pick(1, 7) : 0);
    return t;
  }
  Affine form(const std::vector<Index>& indices) {
    Affine a(chance(6) ? pick(-100, 100) : pick(-4, 4));
    for (const Index& i : indices)
      if (chance(2)) a = a + i * pick(-4, 4);
    return chance(4) ? exact_div(a, pick(2, 4)) : a;
  }
  Scalar read(std::int32_t operand, const Type& t, const std::vector<Index>& indices) {
    std::vector<At> at;
    for (std::size_t d = 0; d < t.shape.size(); ++d) at.emplace_back(form(indices));
    return Input(operand, t).outside(chance(2) ? 0 : 0.5)(at);
  }

  Rng rng_;
};

TEST(Costs, RandomAccessesAsEnumerated) {
  int exact = 0;
  const int cases = 1000 * testing::fuzz_factor();
  for (int seed = 0; seed < cases; ++seed) {
    Expr e;
    try {
      e = Accesses(static_cast<std::uint64_t>(seed)).expression();
    } catch (const Error&) {  // two conditions together keep an access inside: more than is proved
      continue;
    }
    const Cost walked = testing::Enumeration(e).run(), c = cost_of(e, Counted::Holding, seed % 4 ? 1 << 18 : seed % 64);
    SCOPED_TRACE(fmt::format("seed {}: {} of {} and {}", seed, to_text(e), e.in[0], e.in[1]));
    if (c.exact) {
      ++exact;
      ASSERT_EQ(c.points, walked.points);
      ASSERT_EQ(c.flops, walked.flops);
      ASSERT_EQ(c.bytes, walked.bytes);
    } else {
      ASSERT_GE(c.points, walked.points);
      ASSERT_GE(c.flops, walked.flops);
      ASSERT_GE(c.bytes, walked.bytes);
    }
  }
  EXPECT_GT(exact, cases * 3 / 4);
}

void expect_phases(const Expr& e, double points) {
  auto parts = phases(e);
  ASSERT_FALSE(parts.empty()) << to_text(e);
  Rng rng(3);
  std::vector<Array> inputs, values;
  for (const Type& t : e.in) inputs.push_back(testing::random_array(rng, t));
  double dense = 0;
  for (const Phase& p : parts) {
    dense += cost_of(p.e).points;
    values.push_back(evaluate(p.e, inputs));
    std::string text = to_text(p.e);
    EXPECT_EQ(text.find("exact"), std::string::npos) << text;
    EXPECT_EQ(text.find("/"), std::string::npos) << text;
  }
  EXPECT_EQ(dense, points);
  Expr whole = interleave(e, parts);
  EXPECT_EQ(parse(to_text(whole), whole.in), whole);
  EXPECT_LT(testing::distance(evaluate(whole, values), evaluate(e, inputs)), 1e-5) << to_text(whole);
}

Expr image_gradient(const Convolution& c) { return gradient(c.expression(), 0).at(0).e; }

TEST(Phases, StridedConvolutionsWasteNothing) {
  // Along 7 rows: 4 even positions meet one row of the window, 3 odd ones two; along 6 columns 3 and 3.
  expect_phases(image_gradient({.c = 4, .k = 6, .stride = 2, .pad = 1}), 10 * 9 * 24);
  expect_phases(image_gradient({.c = 2, .k = 2, .height = 8, .width = 8, .stride = 2, .pad = 1}), 12 * 12 * 4);
  expect_phases(image_gradient({.groups = 2, .c = 2, .k = 1, .height = 9, .width = 9, .stride = 3, .pad = 1}),
                9 * 9 * 4);
  expect_phases(image_gradient({.c = 1, .k = 1, .height = 8, .width = 8, .r = 1, .s = 1, .stride = 2}), 16 + 48);
  expect_phases(image_gradient({.c = 1, .k = 1, .height = 9, .width = 9, .stride = 2, .dilation = 2}),
                5 * 5 * 9 + 56);  // the others are 0
  for (const Phase& p :
       phases(image_gradient({.n = 2, .c = 8, .k = 8, .height = 16, .width = 16, .stride = 2, .pad = 1})))
    EXPECT_TRUE(classify(p.e)) << to_text(p.e);
}

TEST(Phases, GradientOfMaxPooling) {
  Type t{DType::F32, {1, 2, 8, 8}};
  Input x(0, t);
  Index n("n", 1), c("c", 2), p("p", 4), q("q", 4), r("r", 3), s("s", 3);
  Expr pool = compute({t}, {n, c, p, q}, max({r, s}, x.outside(-kInfinity)(n, c, p * 2 + r - 1, q * 2 + s - 1)));
  expect_phases(gradient(pool, 0).at(0).e, 2 * 12 * 12);
}

TEST(Phases, NoneWithoutALattice) {
  EXPECT_TRUE(phases(matmul(3, 4, 5)).empty());
  Type t{DType::F32, {4}};
  Input x(0, t);
  Index i("i", 8), k("k", 2);
  EXPECT_TRUE(phases(compute({t}, {i}, sum({k}, x.outside(1)(exact_div(i + k, 2))))).empty());
}

}  // namespace
}  // namespace tenon::expr
