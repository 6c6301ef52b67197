// Random expressions (rational accesses, fills, joins, epilogues, views, positions from data, unknown extents): what is
// derived from each must agree with what the evaluator says of it.
#include <gtest/gtest.h>

#include "expr/random_testing.h"

namespace tenon::expr {
namespace {

using testing::differences;
using testing::distance;
using testing::fault_of;
using testing::fuzz_factor;
using testing::Generator;
using testing::gradient_error;
using testing::packed_product;

// Values and slopes are of order 1 to 100 and h = 1e-6: cancellation leaves 1e-8 relative; second gradients multiply
// a few such factors. Sums in another order differ by units of 1e-15.
constexpr double kGradient = 1e-5, kSecond = 1e-4, kReordered = 1e-10;

struct Counts {
  int gradients = 0, second = 0, contractions = 0, fusions = 0, epilogues = 0, phases = 0, costs = 0, bound = 0;
};

/// All that is derived from one expression. Operands and partners are drawn from the seed, so that a smaller expression
/// meets the same.
class Checker {
 public:
  Checker(std::uint64_t seed, Counts& counts) : seed_(seed), counts_(counts) {}

  std::string operator()(const Expr& e) {
    fault_.clear();
    Generator g(seed_);
    inputs_ = g.arrays(e);
    value_ = evaluate(e, inputs_);
    try {
      check_text(e);
      check_forms(e, inputs_, value_);
      check_gradients(g, e);
      check_view(g, e);
      check_epilogue(g, e);
    } catch (const std::exception& error) {
      expect(false, error.what());
    }
    return fault_;
  }

 private:
  void expect(bool holds, const std::string& what) {
    if (!holds && fault_.empty()) fault_ = what;
  }
  void expect_close(const Array& a, const Array& b, double tolerance, const std::string& what) {
    expect(distance(a, b) < tolerance, what);
  }

  void check_text(const Expr& e) {
    std::string text = to_text(e);
    try {
      expect(parse(text, e.in) == e, "another expression comes back from text: " + text);
    } catch (const Error& error) {
      expect(false, text + " is refused: " + error.what());
    }
  }

  /// Contraction, phases and cost.
  void check_forms(const Expr& e, const std::vector<Array>& inputs, const Array& value) {
    if (auto c = classify(e)) {
      expect_close(packed_product(*c, inputs), value, kReordered, "the packed product of " + to_text(e));
      ++counts_.contractions;
    }
    auto parts = phases(e);
    if (!parts.empty()) {
      std::vector<Array> values;
      for (const Phase& p : parts) {
        check_text(p.e);
        values.push_back(evaluate(p.e, inputs));
      }
      Expr whole = interleave(e, parts);
      check_text(whole);
      expect_close(evaluate(whole, values), value, kReordered, "phases of " + to_text(e));
      ++counts_.phases;
    }
    check_cost(e);
  }

  void check_cost(const Expr& e) {
    Cost c = cost_of(e, Counted::Holding);
    bool by_data = std::ranges::any_of(e.nodes, [](const Node& n) {
      return n.kind == Kind::Select || std::ranges::any_of(n.at, [](const Coord& x) { return x.data != kNone; }) ||
             std::ranges::any_of(n.cond, [](const Cond& x) { return x.e.data != kNone; });
    });
    if (!c.exact || by_data) return;
    Cost walked = testing::Enumeration(e).run();
    expect(c.points == walked.points && c.flops == walked.flops && c.bytes == walked.bytes,
           fmt::format("cost of {}: {} points, {} flops, {} bytes; enumerated {}, {}, {}", to_text(e), c.points,
                       c.flops, c.bytes, walked.points, walked.flops, walked.bytes));
    ++counts_.costs;
  }

  void check_gradients(Generator& g, const Expr& e) {
    Array seed = g.array(e.type());
    auto n = static_cast<std::int32_t>(e.in.size());
    for (std::int32_t k : {0, 1}) {
      expect(gradient_error(e, k, inputs_, seed) < kGradient,
             fmt::format("gradient by operand {} of {}", k, to_text(e)));
      ++counts_.gradients;
      for (const GradientTerm& t : gradient(e, k)) {
        check_text(t.e);
        if (t.reads_operand(n + 1) || t.reads_operand(n + 2)) continue;
        Expr term = renumber_operands(t.e, {0, 1, 2, 3, -1, -1});
        auto with_seed = inputs_;
        with_seed.push_back(seed);
        Array value = evaluate(term, with_seed), second = g.array(term.type());
        check_forms(term, with_seed, value);
        for (std::int32_t again : {0, 1, 3}) {
          expect(gradient_error(term, again, with_seed, second) < kSecond,
                 fmt::format("gradient by operand {} of {}", again, to_text(term)));
          ++counts_.second;
        }
      }
    }
  }

  void check_view(Generator& g, const Expr& e) {
    Expr view = g.view(e.in[0].shape);
    Array from = g.array(view.in[0]);
    auto fused = fuse(e, 0, view);
    if (!fused) return;
    std::vector<Array> of_fused{inputs_[1], inputs_[2], from};
    Array value = evaluate(*fused, of_fused), middle = evaluate(view, std::vector<Array>{from});
    expect_close(value, evaluate(e, std::vector<Array>{middle, inputs_[1], inputs_[2]}), kReordered,
                 "fused with " + to_text(view) + ": " + to_text(*fused));
    check_text(*fused);
    check_forms(*fused, of_fused, value);
    ++counts_.fusions;
  }

  void check_epilogue(Generator& g, const Expr& e) {
    Expr after = g.element_wise(e.type().shape);
    Array other = g.array(after.in[1]);
    std::string why;
    auto fused = fuse(after, 0, e, &why);
    if (!fused) return expect(false, "not fused with " + to_text(after) + ": " + why);
    std::vector<Array> of_fused{other};
    of_fused.insert(of_fused.end(), inputs_.begin(), inputs_.end());
    expect_close(evaluate(*fused, of_fused), evaluate(after, std::vector<Array>{value_, other}), kReordered,
                 "epilogue: " + to_text(*fused));
    check_text(*fused);
    ++counts_.epilogues;
  }

  std::uint64_t seed_;
  Counts& counts_;
  std::string fault_;
  std::vector<Array> inputs_;
  Array value_;
};

class RandomExpressions : public ::testing::TestWithParam<int> {};

TEST_P(RandomExpressions, DerivedFormsAgree) {
  Counts counts;
  for (int k = 0; k < 40 * fuzz_factor(); ++k) {
    auto seed = static_cast<std::uint64_t>(GetParam()) << 32 | static_cast<std::uint64_t>(k);
    std::string fault = fault_of(Generator(seed).expression(), Checker(seed + 1, counts));
    ASSERT_EQ(fault, "") << "seed " << seed;
  }
  for (int n : {counts.contractions, counts.second, counts.fusions, counts.epilogues, counts.phases, counts.costs})
    EXPECT_GT(n, 0);
}

/// With unknown extents first and their values afterwards, as with the values at once.
TEST_P(RandomExpressions, ValuesOfUnknownExtentsGoIn) {
  for (int k = 0; k < 10 * fuzz_factor(); ++k) {
    auto seed = static_cast<std::uint64_t>(GetParam()) << 32 | static_cast<std::uint64_t>(k);
    Generator unknown(seed, true), known(seed);
    Expr open = unknown.expression(), e = known.expression();
    SCOPED_TRACE(to_text(open));
    Expr bound = with_values(open, unknown.values);
    ASSERT_EQ(bound.in, e.in);
    std::vector<Array> inputs = known.arrays(e);
    ASSERT_LT(distance(evaluate(bound, inputs), evaluate(e, inputs)), kReordered) << to_text(bound);
    Array seed_array = known.array(e.type());
    bool extreme = e.reducer == Reducer::Max;
    for (std::int32_t operand : {0, 1}) {
      Array total = testing::gradient_value(e, operand, inputs, seed_array),
            sum = Array::full(total.type(), Number(0.0));
      auto all = inputs;
      all.push_back(seed_array);
      all.push_back(evaluate(reduced_only(e), inputs));
      all.push_back(extreme ? evaluate(arg_of(e), inputs)
                            : Array::full({DType::I64, e.type().shape}, Number::of_int(0)));
      for (const GradientTerm& t : gradient(open, operand)) {
        Array part = evaluate(with_values(t.e, unknown.values), all);
        for (i64 i = 0; i < sum.count(); ++i) sum.set(i, sum.at(i).as_double() + part.at(i).as_double());
      }
      ASSERT_LT(distance(sum, total), kReordered) << "operand " << operand;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomExpressions, ::testing::Range(0, 80));

TEST(Shrinker, FindsTheSmallestOfItsKind) {
  Generator g(7);
  auto has_stride = [](const Expr& e) {
    for (const Node& n : e.nodes)
      for (const Coord& c : n.at)
        for (const Term& t : c.at.terms)
          if (t.coef == 2) return "a stride of two";
    return "";
  };
  int found = 0;
  for (int k = 0; k < 40; ++k) {
    Expr e = g.expression();
    std::string fault = fault_of(e, has_stride);
    if (fault.empty()) continue;
    ++found;
    EXPECT_LT(fault.find("found as"), 200u) << fault;
  }
  EXPECT_GT(found, 5);
}

}  // namespace
}  // namespace tenon::expr
