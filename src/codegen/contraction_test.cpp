// Products of matrices of every size, type and order, against their evaluation. Processors with tiny caches make small
// ones run in blocks with copies of their factors.
#include "schedule/contraction.h"
#include "codegen/testing.h"
#include "expr/build.h"

namespace tenon::codegen {
namespace {

using namespace expr;
using testing::random_array;
using testing::Runner;

struct Case {
  Dim m = 1, n = 1, k = 1, batch = 1;
  DType a = DType::F32, b = DType::F32;
  bool a_transposed = false, b_transposed = false, epilogue = false, stored = false, computed = false;
  std::string text() const {
    return fmt::format("{} x {} x {} x {}, {} {} {} {}{}{}{}", batch, m, n, k, name_of(a), name_of(b),
                       a_transposed ? "t" : "n", b_transposed ? "t" : "n", epilogue ? ", epilogue" : "",
                       stored ? ", stored" : "", computed ? ", computed" : "");
  }
};

DType accumulator(DType t) {
  if (t == DType::F64) return t;
  return is_float(t) ? DType::F32 : DType::I32;
}

Expr product(const Case& c) {
  Index h("h", c.batch), i("i", c.m), j("j", c.n), k("k", c.k);
  const bool several = c.batch > 1;
  auto shape = [&](Dim x, Dim y, bool transposed, bool batched) {
    Shape s = transposed ? Shape{y, x} : Shape{x, y};
    if (batched) s.insert(s.begin(), c.batch);
    return s;
  };
  const bool b_batched = several && !c.stored;
  Input a(0, {c.a, shape(c.m, c.k, c.a_transposed, several)}), b(1, {c.b, shape(c.k, c.n, c.b_transposed, b_batched)});
  const DType sum_type = accumulator(c.a);
  Input bias(2, {sum_type, {c.n}});
  auto at = [&](const Input& x, const Index& p, const Index& q, bool transposed, bool batched) {
    if (batched) return transposed ? x(h, q, p) : x(h, p, q);
    return transposed ? x(q, p) : x(p, q);
  };
  Scalar x = cast(sum_type, at(a, i, k, c.a_transposed, several));
  Scalar y = cast(sum_type, at(b, k, j, c.b_transposed, b_batched));
  if (c.computed) x = x * 2 - 1, y = where(y > 0, y, 0);
  Scalar r = reduce(Reducer::Sum, {k}, x * y, sum_type);
  std::vector<Type> in{a.type(), b.type()};
  if (c.epilogue) r = r + bias(j), in.push_back(bias.type());
  std::vector<OutDim> out{i, j};
  if (several) out.insert(out.begin(), h);
  return compute(in, out, r);
}

void check(const Case& c, const Processor& target, Rng& rng, bool special = false) {
  SCOPED_TRACE(c.text());
  const Expr e = product(c);
  std::vector<Layout> layouts;
  if (c.stored) {
    std::vector<char> constant(e.in.size(), 0);
    constant[1] = 1;
    layouts = schedule::constant_layouts(e, constant, target);
  }
  std::vector<Array> inputs;
  for (const Type& t : e.in) inputs.push_back(random_array(rng, t));
  if (special && inputs[0].count() > 0) {
    inputs[0].set(static_cast<i64>(rng.below(static_cast<std::size_t>(inputs[0].count()))),
                  Number(std::numeric_limits<double>::quiet_NaN()));
    inputs[1].set(static_cast<i64>(rng.below(static_cast<std::size_t>(inputs[1].count()))), Number(kInfinity));
  }
  std::optional<Runner> made;
  ASSERT_NO_THROW(made.emplace(e, target, layouts));
  Runner& r = *made;
  const Array got = r.run(inputs), want = evaluate(e, inputs);
  // A sum of K products of numbers up to about 2 rounds by some multiples of sqrt(K) * 2^-24; bf16 products are exact.
  const double tolerance = is_float(c.a) ? 1e-6 * (4 + static_cast<double>(c.k) / 8) : 0;
  ASSERT_LE(testing::relative_error(got, want, 1), c.a == DType::F64 ? tolerance * 1e-8 : tolerance)
      << c.text() << ": " << r.info.schedule;
  ASSERT_TRUE(identical(got, r.run(inputs, 3))) << c.text() << ": " << r.info.schedule;
}

Processor with_caches(i64 first, i64 second) {
  Processor p = host_processor();
  p.caches = {{first, 8, 64, false}, {second, 8, 64, false}};
  return p;
}

constexpr std::pair<DType, DType> kTypes[] = {
    {DType::F32, DType::F32}, {DType::F64, DType::F64}, {DType::BF16, DType::BF16}, {DType::F16, DType::F16},
    {DType::U8, DType::I8},   {DType::I8, DType::I8},   {DType::I8, DType::U8},     {DType::U8, DType::U8},
};

TEST(Contraction, OfEverySizeTypeAndOrder) {
  Rng rng(5);
  const Processor tiny = with_caches(2048, 8192), small = with_caches(4096, 32768);
  int copied = 0, in_blocks = 0;
  for (int round = 0; round < 240; ++round) {
    const auto& [a, b] = kTypes[static_cast<std::size_t>(round) % std::size(kTypes)];
    auto size = [&] { return 1 + static_cast<Dim>(rng.below(rng.below(4) ? 70 : 7)); };
    Case c{size(), size(), size(), rng.below(4) ? 1 : 3, a, b};
    c.a_transposed = rng.below(4) == 0, c.b_transposed = rng.below(3) == 0;
    c.epilogue = rng.below(2), c.stored = rng.below(2), c.computed = rng.below(4) == 0;
    const Processor& target = round % 3 == 0 ? host_processor() : round % 3 == 1 ? tiny : small;
    check(c, target, rng, is_float(a) && rng.below(6) == 0);
    if (HasFatalFailure()) return;
    const std::string name = schedule::choose(loop::lower(product(c)), target).name;
    copied += name.find("copies") != name.npos, in_blocks += name.find("steps at a time") != name.npos;
  }
  EXPECT_GT(copied, 15);
  EXPECT_GT(in_blocks, 1);
}

TEST(Contraction, OfLargeOddSizes) {
  Rng rng(6);
  for (const auto& [a, b] : kTypes)
    for (bool stored : {false, true}) {
      check({45, 101, 389, 1, a, b, false, false, true, stored}, with_caches(1 << 15, 1 << 17), rng);
      check({9, 101, 261, 1, a, b, false, true, false, stored}, host_processor(), rng);
      check({1, 203, 261, 1, a, b, false, stored, true, stored}, host_processor(), rng);
      if (HasFatalFailure()) return;
    }
}

TEST(Contraction, TheSumsOfBytesReachTheirEnds) {
  for (const auto& [a, b] : {std::pair(DType::U8, DType::I8), std::pair(DType::I8, DType::I8)})
    for (bool stored : {false, true}) {
      const Case c{33, 64, 4096, 1, a, b, false, false, false, stored};
      const Expr e = product(c);
      const std::vector<Layout> layouts =
          stored ? schedule::constant_layouts(e, {0, 1}, host_processor()) : std::vector<Layout>();
      const std::vector<Array> inputs{Array::full(e.in[0], Number(a == DType::U8 ? 255.0 : -128.0)),
                                      Array::full(e.in[1], Number(-128.0))};
      Runner r(e, host_processor(), layouts);
      const Array got = r.run(inputs);
      const double want = (a == DType::U8 ? 255.0 : -128.0) * -128.0 * 4096.0;
      for (i64 k = 0; k < got.count(); ++k) ASSERT_EQ(got.at(k).as_double(), want) << r.info.schedule;
    }
}

/// A convolution over squares of `width`, padded so that windows hang over at both ends.
Expr convolution(Dim channels, Dim width, Dim filters, Dim window, Dim stride, DType t) {
  const Dim out = (width - 1) / stride + 1, pad = window / 2;
  const Input x(0, {t, {channels, width, width}}), w(1, {t, {filters, channels, window, window}});
  const Index o("o", filters), y("y", out), z("z", out), c("c", channels), r("r", window), s("s", window);
  return compute({x.type(), w.type()}, {o, y, z},
                 sum({c, r, s}, x.outside(0)(c, y * stride + r - pad, z * stride + s - pad) * w(o, c, r, s)));
}

TEST(Contraction, OfFiltersThatAreStoredForIt) {
  Rng rng(9);
  int in_panels = 0, one_by_one = 0;
  for (const Processor& target : testing::targets())
    for (const DType t : {DType::F32, DType::BF16})
      for (const Dim stride : {1, 2})
        for (const Dim width : {7, 14, 30})
          for (const Dim filters : {3, 70}) {
            const Expr e = convolution(5, width, filters, 3, stride, t);
            const std::vector<Layout> layouts = schedule::constant_layouts(e, {0, 1}, target);
            const std::size_t digits = layouts[1].digits.size();
            in_panels += digits == 5, one_by_one += digits == 4;
            Runner r(e, target, layouts);
            const std::vector<Array> inputs{random_array(rng, e.in[0]), random_array(rng, e.in[1])};
            const Array got = r.run(inputs), want = evaluate(e, inputs);
            ASSERT_LE(testing::relative_error(got, want, 1), t == DType::BF16 ? 1e-2 : 1e-5) << r.info.schedule;
            ASSERT_TRUE(identical(got, r.run(inputs, 3))) << r.info.schedule;
          }
  EXPECT_GT(in_panels, 3);
  EXPECT_GT(one_by_one, 5);
}

}  // namespace
}  // namespace tenon::codegen
