// Random expressions (rational accesses, fills, joins, epilogues, views): what is derived from each must agree with
// what the evaluator says of it.
#include <gtest/gtest.h>

#include "expr/testing.h"
#include "expr/text.h"

namespace tenon::expr {
namespace {

using testing::differences;
using testing::distance;
using testing::gradient_error;
using testing::packed_product;
using testing::random_array;

// Values and slopes are of order 1 to 100 and h = 1e-6: cancellation leaves 1e-8 relative; second gradients multiply
// a few such factors. Sums in another order differ by units of 1e-15.
constexpr double kGradient = 1e-5, kSecond = 1e-4, kReordered = 1e-10;

struct Counts {
  int gradients = 0, second = 0, contractions = 0, fusions = 0, epilogues = 0, texts = 0;
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : rng_(seed) {}

  i64 pick(i64 low, i64 high) { return low + static_cast<i64>(rng_.below(static_cast<std::uint64_t>(high - low + 1))); }
  bool chance(i64 in) { return pick(1, in) == 1; }
  Array array(const Type& t) { return random_array(rng_, t); }

  std::vector<Index> box(const std::string& prefix, i64 fewest, i64 most) {
    std::vector<Index> v;
    for (i64 n = pick(fewest, most); n > 0; --n) v.emplace_back(prefix + std::to_string(n), pick(1, 4));
    return v;
  }

  Type type() {
    Type t{DType::F64, {}};
    for (i64 d = pick(1, 3); d > 0; --d) t.shape.push_back(pick(1, 5));
    return t;
  }

  Affine form(const std::vector<Index>& indices) {
    if (chance(4)) return indices[static_cast<std::size_t>(pick(0, static_cast<i64>(indices.size()) - 1))];
    Affine a(pick(-2, 2));
    for (const Index& i : indices)
      if (chance(3)) a = a + i * pick(-2, 3);
    return chance(5) ? exact_div(a, pick(2, 3)) : a;
  }

  std::vector<At> access(const Type& t, const std::vector<Index>& indices) {
    std::vector<At> at;
    for (std::size_t d = 0; d < t.shape.size(); ++d) at.emplace_back(form(indices));
    return at;
  }

  double fill() { return chance(2) ? 0.0 : 0.37; }

  std::vector<OutDim> joined(const std::vector<Index>& parallel) {
    std::vector<OutDim> out;
    for (std::size_t k = 0; k < parallel.size(); ++k) {
      if (k + 1 < parallel.size() && chance(4)) {
        out.push_back(join(parallel[k], parallel[k + 1]));
        ++k;
      } else {
        out.push_back(parallel[k]);
      }
    }
    return out;
  }

  /// Two operands under one reduction (or none), with an epilogue.
  Expr expression() {
    auto parallel = box("i", 1, 3), reduced = box("r", 0, 2), all = parallel;
    all.insert(all.end(), reduced.begin(), reduced.end());
    std::vector<Type> in{type(), type()};
    Scalar a = Input(0, in[0]).outside(fill())(access(in[0], all));
    Scalar b = Input(1, in[1]).outside(fill())(access(in[1], all));
    i64 form = pick(0, 3);
    Scalar s = form == 0 ? tanh(a) * b : form == 1 ? abs(a - b * 1.01 + 0.003) : a * b;
    if (chance(6)) s = where(Affine(all[0]) <= form_in(all), s, a);
    if (!reduced.empty()) s = form == 3 && chance(2) ? max(reduced, s) : sum(reduced, s);
    if (chance(3)) s = s * 0.5 + 1;
    if (chance(4)) s = tanh(s);
    return compute(in, joined(parallel), s);
  }

  /// An operand of this shape as a view of something else.
  Expr view(const Shape& shape) {
    auto indices = expr::indices(shape, "v");
    Type from = type();
    Scalar s = Input(0, from).outside(fill())(access(from, indices));
    return compute({from}, dims(indices), chance(2) ? exp(s) : s);
  }

  /// f(x(…)) * y(…) + x(…) over an operand of this shape, perhaps permuted.
  Expr element_wise(const Shape& shape) {
    auto indices = expr::indices(shape);
    auto order = indices;
    rng_.shuffle(std::span(order));
    std::vector<Type> in{{DType::F64, shape}, type()};
    Scalar x = Input(0, in[0])(ats(indices));
    Scalar y = Input(1, in[1]).outside(fill())(access(in[1], indices));
    return compute(in, dims(order), tanh(x) * y + x);
  }

 private:
  Affine form_in(const std::vector<Index>& all) { return Affine(all.back()) + pick(-1, 1); }
  Rng rng_;
};

class RandomExpressions : public ::testing::TestWithParam<int> {
 protected:
  void check_text(const Expr& e) {
    std::string text = to_text(e);
    try {
      Expr again = parse(text, e.in);
      EXPECT_EQ(again, e) << text << "\n" << to_text(again);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what() << "\n" << text;
    }
    ++counts.texts;
  }

  void check_contraction(const Expr& e, const std::vector<Array>& inputs, const Array& value) {
    auto c = classify(e);
    if (!c) return;
    EXPECT_LT(distance(packed_product(*c, inputs), value), kReordered) << to_text(e);
    ++counts.contractions;
  }

  void check_gradients(Generator& g, const Expr& e, const std::vector<Array>& inputs) {
    Array seed = g.array(e.type());
    for (std::int32_t k : {0, 1}) {
      EXPECT_LT(gradient_error(e, k, inputs, seed), kGradient) << "operand " << k << " of " << to_text(e);
      ++counts.gradients;
      for (const GradientTerm& t : gradient(e, k)) {
        check_text(t.e);
        if (t.reads_operand(3) || t.reads_operand(4)) continue;
        Expr term = renumber_operands(t.e, {0, 1, 2, -1, -1});
        std::vector<Array> with_seed{inputs[0], inputs[1], seed};
        Array value = evaluate(term, with_seed), second = g.array(term.type());
        check_contraction(term, with_seed, value);
        for (std::int32_t again : {0, 1, 2}) {
          EXPECT_LT(gradient_error(term, again, with_seed, second), kSecond) << "operand " << again << " of " << to_text(term);
          ++counts.second;
        }
      }
    }
  }

  void check_view(Generator& g, const Expr& e, const std::vector<Array>& inputs) {
    Expr view = g.view(e.in[0].shape);
    Array from = g.array(view.in[0]);
    Array middle = evaluate(view, std::vector<Array>{from});
    auto fused = fuse(e, 0, view);
    if (!fused) return;
    std::vector<Array> of_fused{inputs[1], from};
    Array value = evaluate(*fused, of_fused);
    EXPECT_LT(distance(value, evaluate(e, std::vector<Array>{middle, inputs[1]})), kReordered)
        << to_text(e) << "\n" << to_text(view) << "\n" << to_text(*fused);
    check_contraction(*fused, of_fused, value);
    check_text(*fused);
    ++counts.fusions;
  }

  void check_epilogue(Generator& g, const Expr& e, const std::vector<Array>& inputs, const Array& value) {
    Expr after = g.element_wise(e.type().shape);
    Array other = g.array(after.in[1]);
    std::string why;
    auto fused = fuse(after, 0, e, &why);
    ASSERT_TRUE(fused) << why << "\n" << to_text(e) << "\n" << to_text(after);
    Array expected = evaluate(after, std::vector<Array>{value, other});
    EXPECT_LT(distance(evaluate(*fused, std::vector<Array>{other, inputs[0], inputs[1]}), expected), kReordered)
        << to_text(*fused);
    check_text(*fused);
    ++counts.epilogues;
  }

  Counts counts;
};

TEST_P(RandomExpressions, DerivedFormsAgree) {
  Generator g(static_cast<std::uint64_t>(GetParam()));
  for (int k = 0; k < 40 && !HasFailure(); ++k) {
    Expr e = g.expression();
    std::vector<Array> inputs{g.array(e.in[0]), g.array(e.in[1])};
    Array value = evaluate(e, inputs);
    check_text(e);
    check_contraction(e, inputs, value);
    check_gradients(g, e, inputs);
    check_view(g, e, inputs);
    check_epilogue(g, e, inputs, value);
  }
  EXPECT_GT(counts.contractions, 0);
  EXPECT_GT(counts.second, 0);
  EXPECT_GT(counts.fusions, 0);
  EXPECT_GT(counts.epilogues, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomExpressions, ::testing::Range(0, 80));

}  // namespace
}  // namespace tenon::expr
