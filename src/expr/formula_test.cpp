// Text formulas: what they mean, what follows from shapes, and each mistake with its place.
#include "expr/formula.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_of.h"
#include "expr/formula_text.h"
#include "expr/random_testing.h"
#include "expr/text.h"

namespace tenon::expr {
namespace {

using testing::distance;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::random_array;

Type f32(Shape shape) { return {DType::F32, std::move(shape)}; }
Type f64(Shape shape) { return {DType::F64, std::move(shape)}; }
Type i64s(Shape shape) { return {DType::I64, std::move(shape)}; }

/// The expression of a formula of one statement.
std::string meaning(std::string_view formula, const std::vector<Type>& in) {
  const TextFormula f = parse_formula(formula, in);
  EXPECT_EQ(f.steps.size(), 1u);
  return to_text(f.steps[0].e);
}

/// The formula on operands, statement by statement.
Array value_of(const TextFormula& f, std::vector<Array> tensors) {
  for (const FormulaStep& s : f.steps) {
    std::vector<Array> in;
    for (std::size_t k : s.operands) in.push_back(tensors[k]);
    tensors.push_back(evaluate(s.e, in));
  }
  return tensors.back();
}

std::vector<Array> random_operands(const std::vector<Type>& types, double low = -1, double high = 1) {
  Rng rng(7);
  std::vector<Array> arrays;
  for (const Type& t : types) arrays.push_back(random_array(rng, t, low, high));
  return arrays;
}

TEST(TextFormula, AMatrixProduct) {
  const TextFormula f = parse_formula("C[i,j] += A[i,k]*B[k,j]", {f32({64, 32}), f32({32, 48})});
  EXPECT_THAT(f.operands, ElementsAre("A", "B"));
  EXPECT_EQ(f.type(), f32({64, 48}));
  ASSERT_EQ(f.steps.size(), 1u);
  EXPECT_EQ(to_text(f.steps[0].e), "[i0:64, i1:48 | k0:32] sum f32: x0[i0, k0] * x1[k0, i1]");
  ASSERT_EQ(f.steps[0].indices.size(), 3u);
  EXPECT_EQ(f.steps[0].indices[2].name, "k");
  EXPECT_TRUE(f.steps[0].indices[2].reduced);
  EXPECT_EQ(f.steps[0].indices[1].source, "dimension 1 of B");
}

TEST(TextFormula, IsTheExpressionThatCppWrites) {
  const Type a = f32({3, 5}), b = f32({5, 4});
  const Index i("i", 3), j("j", 4), k("k", 5);
  const Expr written = compute({a, b}, {i, j}, sum({k}, Input(0, a)(i, k) * Input(1, b)(k, j)));
  EXPECT_EQ(parse_formula("C[i,j] += A[i,k]*B[k,j]", {a, b}).steps[0].e, written);
  EXPECT_EQ(parse_formula("C[i,j] = sum[k](A[i,k]*B[k,j]);", {a, b}).steps[0].e, written);
}

TEST(TextFormula, PaddingAndStrides) {
  EXPECT_EQ(meaning("Y[n,f,p] += pad(X[n,c,2*p + r - 1], 0)*W[f,c,r] where p in 0:5", {f32({2, 3, 9}), f32({4, 3, 3})}),
            "[i0:2, i1:4, i2:5 | k0:3, k1:3] sum f32: guard(0 <= 2*i2 + k1 - 1 < 9; x0[i0, k0, 2*i2 + k1 - 1]; 0:f32) "
            "* x1[i1, k0, k1]");
  EXPECT_EQ(meaning("y[p] max= pad(x[3*p + r - 1], -inf) where p in 0:size(x,0)/2 - 1, r in 3", {f32({9})}),
            "[i0:3 | k0:3] max f32: guard(0 <= 3*i0 + k0 - 1 < 9; x0[3*i0 + k0 - 1]; -inf:f32)");
  EXPECT_EQ(meaning("y[t] += pad(x[(t + 1 - r)/2])*w[r] where t in 0:10", {f32({5}), f32({3})}),
            "[i0:10 | k0:3] sum f32: guard(0 <= (i0 - k0 + 1)/2 < 5; x0[(i0 - k0 + 1)/2]; 0:f32) * x1[k0]");
}

TEST(TextFormula, RangesThatFollowFromForms) {
  EXPECT_EQ(parse_formula("y[p] += x[2*p + r]*w[r]", {f32({9}), f32({3})}).type(), f32({4}));
  EXPECT_EQ(parse_formula("y[i] = x[size(x,0) - 1 - i]", {f32({5})}).type(), f32({5}));
  EXPECT_EQ(parse_formula("y[i] = x[i + 2]", {f32({5})}).type(), f32({3}));
  EXPECT_EQ(parse_formula("y[i,j] = x[2*i] + x[4*i + 1] + 0*z[j]", {f32({8}), f32({3})}).type(),
            f32({2, 3}));  // the shorter
  EXPECT_EQ(parse_formula("y[i] += x[i + k] where k in 2:4", {f32({5})}).type(), f32({2}));
  EXPECT_EQ(parse_formula("y[p] += x[p + r]*w[r]", {f32({0}), f32({1})}).type(), f32({0}));
  EXPECT_EQ(parse_formula("y[i] = i where i in 0:4", {}).type(), i64s({4}));
}

TEST(TextFormula, UnknownExtents) {
  const Dim n = Dim::symbol("n"), half = floor_div(n + 1, 2);
  EXPECT_EQ(parse_formula("y[i] = x[0] where i in 0:2*?n + 1", {f32({n})}).type(), f32({2 * n + 1}));
  EXPECT_EQ(parse_formula("y[i] = x[0] where i in (?n + 1)/2", {f32({n})}).type(), f32({half}));
  EXPECT_EQ(parse_formula("y[i] = x[0] where i in floor((size(x,0) + 1)/2)", {f32({n})}).type(), f32({half}));
  EXPECT_EQ(meaning("y[i] = pad(x[i - ?n], 0) where i in 2*?n", {f32({n})}),
            "[i0:2*?n] guard(0 <= i0 - ?n < ?n; x0[i0 - ?n]; 0:f32)");
  EXPECT_EQ(meaning("y = sum[i](x[i])/?n", {f32({n})}), meaning("y = sum[i](x[i])/size(x,0)", {f32({n})}));
  EXPECT_THAT(error_of([&] { parse_formula("y[i] = x[i]*?m", {f32({n})}); }),
              HasSubstr("column 13: no extent is called ?m; there is ?n"));
  EXPECT_THAT(error_of([] { parse_formula("y[i] = x[i] where i in ?n", {f32({3})}); }),
              HasSubstr("column 24: every extent is known here"));
  EXPECT_THAT(error_of([] { parse_formula("y[i] = x[i] where i in ?", {f32({3})}); }),
              HasSubstr("expected the name of an unknown extent"));
  EXPECT_EQ(parse_formula("C[i,j] += A[i,k]*B[k,j]", {f32({n, 32}), f32({32, 48})}).type(), f32({n, 48}));
  EXPECT_EQ(parse_formula("y[i] = x[2*i]", {f32({2 * n})}).type(), f32({n}));
}

TEST(TextFormula, StatementsMakeTensors) {
  const std::vector<Type> in{f64({3, 5})};
  const TextFormula f =
      parse_formula("m[i] max= x[i,j]; e[i,j] = exp(x[i,j] - m[i]); s[i] += e[i,j]; y[i,j] = e[i,j]/s[i]", in);
  EXPECT_THAT(f.steps[3].operands, ElementsAre(2u, 3u));
  const std::vector<Array> x = random_operands(in);
  const Array y = value_of(f, x);
  for (i64 i = 0; i < 3; ++i) {
    double s = 0;
    for (i64 j = 0; j < 5; ++j) s += std::exp(x[0].at(5 * i + j).as_double());
    for (i64 j = 0; j < 5; ++j)
      EXPECT_NEAR(y.at(5 * i + j).as_double(), std::exp(x[0].at(5 * i + j).as_double()) / s, 1e-14);
  }
}

TEST(TextFormula, EachReduction) {
  const std::vector<Array> x{Array::from<double>({3, -1, 2, 0.5, 0.25, 4}, {2, 3})};
  auto rows = [&](const std::string& sign) {
    const Array y = value_of(parse_formula("y[i] " + sign + " x[i,j]", {f64({2, 3})}), x);
    return std::vector<double>{y.at(0).as_double(), y.at(1).as_double()};
  };
  EXPECT_THAT(rows("+="), ElementsAre(4, 4.75));
  EXPECT_THAT(rows("*="), ElementsAre(-6, 0.5));
  EXPECT_THAT(rows("max="), ElementsAre(3, 4));
  EXPECT_THAT(rows("min="), ElementsAre(-1, 0.25));
  EXPECT_THAT(rows("argmax="), ElementsAre(0, 2));
  EXPECT_THAT(rows("argmin="), ElementsAre(1, 1));
  const Array mean = value_of(parse_formula("y[i] = sum[j](x[i,j])/size(x,1)", {f64({2, 3})}), x);
  EXPECT_DOUBLE_EQ(mean.at(1).as_double(), 4.75 / 3);
}

// Row-major over the indices in the order in which the text (or the reduction's bracket) names them.
TEST(TextFormula, PositionsOfExtremesOverSeveralIndices) {
  const std::vector<Array> x{Array::from<double>({1, 5, 2,  //
                                                  7, 0, 3},
                                                 {2, 3})};
  auto position = [&](const std::string& formula) {
    return value_of(parse_formula(formula, {f64({2, 3})}), x).at(0).as_double();
  };
  EXPECT_EQ(position("p argmax= x[i,j]"), 3);                 // i = 1, j = 0: 3*1 + 0
  EXPECT_EQ(position("p = argmax[j,i](x[i,j])"), 1);          // j outside: 2*0 + 1
  EXPECT_EQ(position("p argmax= 0*x[0,j] + x[i,j]"), 1);      // j is named first
  EXPECT_EQ(position("p argmin= x[i,j]"), 4);                 // i = 1, j = 1
  EXPECT_EQ(position("p = argmin[j,i](x[i,j])"), 3);          // 2*1 + 1
  EXPECT_EQ(position("p argmax= min(x[i,j], 5)"), 1);         // of equals the first in this order: i = 0, j = 1
  EXPECT_EQ(position("p argmax= x[i,j] where j in 1:3"), 0);  // counted from the low end of the range: i = 0, j = 1
  EXPECT_EQ(position("p argmax= x[i,j] where i in 1:2, j in 1:3"), 1);
}

TEST(TextFormula, ExtremesOfNothingAreThoseOfTheType) {
  auto extreme = [](const std::string& sign, DType t) {
    const Type type{t, {1, 0}};
    return value_of(parse_formula("y[i] " + sign + " x[i,j]", {type}), {Array(type)}).at(0).as_double();
  };
  EXPECT_EQ(extreme("max=", DType::I8), -128);
  EXPECT_EQ(extreme("min=", DType::U8), 255);
  EXPECT_EQ(extreme("max=", DType::BF16), -kInfinity);
  EXPECT_EQ(extreme("+=", DType::I8), 0);
}

TEST(TextFormula, Types) {
  const Type half{DType::BF16, {3}};
  EXPECT_EQ(meaning("y[i] = exp(x[i])*x[i]", {half}), "[i0:3] let t0 = f32(x0[i0]); bf16(exp(t0) * t0)");
  EXPECT_EQ(parse_formula("y += x[i]*w[i]", {half, f32({3})}).type(), f32({}));
  EXPECT_EQ(parse_formula("y[i] = x[i]*n[i]", {half, i64s({3})}).type(), half);
  EXPECT_EQ(parse_formula("y[i] = x[i] > 0", {half}).type(), (Type{DType::Bool, {3}}));
  EXPECT_EQ(parse_formula("y += x[i] > 0", {half}).type(), i64s({}));
  EXPECT_EQ(parse_formula("y[i] = f32(x[i])", {half}).type(), f32({3}));
  EXPECT_EQ(parse_formula("y[i] = 2*x[i]", {Type{DType::I8, {3}}}).type(), (Type{DType::I8, {3}}));
  EXPECT_EQ(parse_formula("y[i] = x[i]*i", {half}).type(), half);
  EXPECT_EQ(parse_formula("y[i] = 1 where i in 3", {}).type(), f32({3}));
}

TEST(TextFormula, OperatorsAndFunctions) {
  const std::vector<Array> x{Array::from<double>({0.5, -2, 3}, {3})};
  auto first = [&](const std::string& value) {
    return value_of(parse_formula("y[i] = " + value, {f64({3})}), x).at(0).as_double();
  };
  EXPECT_DOUBLE_EQ(first("1 - x[i]*2 + 3"), 3);
  EXPECT_DOUBLE_EQ(first("2**3**2 + 0*x[i]"), 512);
  EXPECT_DOUBLE_EQ(first("-x[i]**2"), -0.25);
  EXPECT_DOUBLE_EQ(first("8/4/2 + 0*x[i]"), 1);
  EXPECT_DOUBLE_EQ(first("max(x[i], 1) + min(x[i], 0)"), 1);
  EXPECT_DOUBLE_EQ(first("tanh(sqrt(exp(log(x[i]))))"), std::tanh(std::sqrt(0.5)));
  EXPECT_DOUBLE_EQ(first("select(not (x[i] > 1) and (x[i] < 0 or x[i] == 0.5), 7, 8)"), 7);
  EXPECT_DOUBLE_EQ(first("where(0 < x[i] < 1, 1e2, .5)"), 100);
  EXPECT_DOUBLE_EQ(first("f64(i32(x[i]*5))"), 2);
  EXPECT_DOUBLE_EQ(first("f64(bit_xor(i32(x[i]*10), 3))"), 6);
}

TEST(TextFormula, ConditionsOnIndicesAreGuards) {
  EXPECT_EQ(meaning("y[i] = where(i < 3, a[i], b[i - 3]) where i in 0:8", {f32({3}), f32({5})}),
            "[i0:8] guard(i0 < 3; x0[i0]; x1[i0 - 3])");
  EXPECT_EQ(meaning("y[i] += where(j <= i, x[j], 0) where i in 0:7, j in 0:7", {f32({7})}),
            "[i0:7 | k0:7] sum f32: guard(-i0 + k0 < 1; x0[k0]; 0:f32)");
  EXPECT_EQ(meaning("y[i] = where(1 <= i and x[i] > 0, x[i - 1], 0.5) where i in 0:7", {f32({7})}),
            "[i0:7] guard(1 <= i0; select(x0[i0] > 0:f32, x0[i0 - 1], 0.5:f32); 0.5:f32)");
  EXPECT_EQ(meaning("y[i] = x[i]*f32(i == 2)", {f32({7})}), "[i0:7] x0[i0] * f32(index(i0) == 2:i64)");
}

TEST(TextFormula, PositionsFromData) {
  EXPECT_EQ(meaning("y[i,j] = T[{ids[i]},j]", {f32({10, 4}), i64s({6})}), "[i0:6, i1:4] x0[{x1[i0]}, i1]");
  EXPECT_EQ(meaning("y[i] = T[{ids[i]} + 1 - i]", {f32({10}), i64s({6})}), "[i0:6] x0[{x1[i0]} + -i0 + 1]");
  const Expr scatter =
      parse_formula("y[v,j] += where(ids[i] == v, u[i,j], 0) where v in 0:10", {i64s({6}), f32({6, 4})}).steps[0].e;
  EXPECT_TRUE(as_scatter(scatter));
  EXPECT_EQ(
      parse_formula("y[v,j] += where({ids[i]} == v, u[i,j], 0) where v in 0:10", {i64s({6}), f32({6, 4})}).steps[0].e,
      scatter);
}

TEST(TextFormula, ScalarsAndJoinedDimensions) {
  EXPECT_EQ(meaning("y[i] = a*x[i] + b", {f32({}), f32({3}), f32({})}), "[i0:3] x0[] * x1[i0] + x2[]");
  EXPECT_EQ(meaning("s += x[i]*y[i]", {f32({3}), f32({3})}), "[| k0:3] sum f32: x0[k0] * x1[k0]");
  EXPECT_EQ(parse_formula("y[n,(g,k)] = x[n,g,k]", {f32({2, 3, 4})}).type(), f32({2, 12}));
}

struct Mistake {
  const char* formula;
  std::vector<Type> in;
  const char* marked;   ///< the part of the formula under the mark
  const char* message;  ///< a part of it
};

TEST(TextFormula, MistakesAreShownInTheirPlace) {
  const Type m = f32({64, 32}), v = f32({9});
  const std::vector<Mistake> mistakes{
      // what is written
      {"", {}, "", "expected the name of the tensor to compute, found the end"},
      {"C[i] A[i]", {v}, "A", "expected =, +=, *=, max=, min=, argmax= or argmin=, found 'A'"},
      {"C[i] == A[i]", {v}, "=", "expected =, +="},
      {"C[i] = A[i", {v}, "", "expected ',' or ']', found the end"},
      {"C[i] = (A[i]", {v}, "", "expected ')'"},
      {"C[i] = A[i])", {v}, ")", "expected an operator, ';' or the end"},
      {"C[i] = A[i] +", {v}, "", "expected a number, a tensor, an index, a function or '('"},
      {"C[i+1] = A[i]", {v}, "+", "a dimension of the target is an index"},
      {"C[i] = 2x[i]", {v}, "x", "expected an operator between a number and a name"},
      {"exp[i] = A[i]", {v}, "exp", "exp is a word of the language, no name"},
      {"C[i] = A[i] where i", {v}, "", "expected 'in' and a range"},
      {"C[i] = ex(A[i])", {v}, "ex", "there is no function ex; did you mean exp"},
      {"C = sum(A[i])", {v}, "sum", "a reduction names its indices: sum[k](…)"},
      {"C[i] = exp(A[i], 2)", {v}, "exp(A[i], 2)", "exp takes 1 argument, given 2"},
      {"C[i] = pad()", {}, "pad()", "pad takes 1 or 2 arguments, given 0"},
      // tensors
      {"C[i] = A[i]; D[i] = C[i] + C[i,j]", {v}, "j", "the index j is not bound"},
      {"C[i] = A[i,0]", {v}, "A[i,0]", "A is f32[9], of 1 dimension, given 2 positions"},
      {"C[i] = A[i]*s", {v, v}, "s", "s is f32[9], of 1 dimension, given 0 positions"},
      {"A[i] = A[i]", {v}, "A", "A is there already; a statement computes a new tensor"},
      {"C[i] = A[i]; C[i] = A[i]", {v}, "C", "C is there already"},
      {"C[i] = A[i]; D[i] = A[i]", {v}, "C[i]", "C is computed, but never read"},
      // indices
      {"C[i,j] = A[i,k]", {m}, "k", "the index k is not bound: it is none of the target, and '=' does not sum"},
      {"C[i,j] = A[i,0]", {m}, "j", "the range of j cannot be inferred"},
      {"C[i,i] = A[i,0]", {m}, "i", "i stands in the target twice"},
      {"C[i] = sum[i](A[i])", {v}, "sum[i](A[i])", "sum[i] hides the target's index of that name"},
      {"C[i] = sum[k](A[k]) + A[k] where i in 3", {v}, "k", "the index k is bound inside of the reduction alone"},
      {"C[i] = A[i] + sum[j](A[j])*sum[k](A[k])", {v}, "sum[k](A[k])", "one reduction in one statement"},
      {"C += sum[k](A[k])", {v}, "sum[k](A[k])", "one reduction in one statement"},
      {"C[A] = A[A]", {v}, "A", "A is a tensor; give the index another name"},
      {"C[i] argmax= A[i]", {v}, "C[i]", "no index is left to look through"},
      {"C[i,j] += A[i,k]*B[k,j]",
       {m, f32({31, 48})},
       "k",
       "k runs to 31 in dimension 0 of B, but to 32 in dimension 1 of A"},
      {"C[p] = A[p + r]*w[r]", {v, f32({3})}, "r", "the index r is not bound"},
      {"C[p] += A[p + r]*w[r]",
       {v, f32({10})},
       "A[p + r]",
       "no position of p lies inside: dimension 0 of A has 9 elements"},
      {"C[p] += A[p + r]", {v}, "p", "the range of p cannot be inferred"},
      {"C[i] = A[i] where k in 3", {v}, "k in 3", "k is no index of this statement"},
      {"C[i] = A[i] where i in 3, i in 4", {v}, "i in 4", "i has a range already"},
      {"C[i] = A[i] where i in 2:4",
       {v},
       "i in 2:4",
       "i is a dimension of the target, which begins at 0; write i + 2 on the right"},
      {"C += A[i] where i in 4:2", {v}, "i in 4:2", "the range ends at 2, before it begins at 4"},
      {"C[i] = A[i] where i in size(A,1)", {v}, "1", "A is f32[9]; expected one of its dimensions, from 0 to 0"},
      {"C[i] = a where i in size(a,0)", {f32({})}, "0", "a is f32[], which has no dimension"},
      {"C[i] = A[i] where i in 9/(2 - 2)", {v}, "2 - 2", "an extent is divided by positive numbers only"},
      {"C += A[0] where i in 9, i in 2", {v}, "i in 9", "i is no index of this statement"},
      {"C[i] = A[i/0]", {v}, "i/0", "division by a positive integer"},
      {"C = sum[A](A[A])", {v}, "sum[A](A[A])", "A is a tensor; give the index another name"},
      {"C[i] = A[i] where i in n", {v, f32({})}, "n", "n is no extent"},
      {"C[i] = A[i] where i in 9/0", {v}, "0", "an extent is divided by positive numbers only"},
      // positions
      {"C[i] = A[i + 1] where i in 9",
       {v},
       "i + 1",
       "i + 1 may leave dimension 0 of A, which has 9 elements; write pad(A[i + 1], 0)"},
      {"C[i] = A[i/2] where i in 9", {v}, "i/2", "may leave dimension 0"},
      {"C += A[i*k] where i in 3, k in 3",
       {v},
       "i*k",
       "i*k is no affine form of indices (an index times an integer); in braces, {i*k}"},
      {"C += A[4/i] where i in 3", {v}, "4/i", "4/i is no affine form of indices (division by a positive integer"},
      {"C += A[mod(i, 2)] where i in 3", {v}, "mod(i, 2)", "mod(i, 2) is no affine form of indices"},
      {"C[i] = A[B[i]]", {v, i64s({3})}, "B[i]", "a position that is read from data stands in braces: {B[i]}"},
      {"C[i] = A[{B[i]}]", {v, v}, "B[i]", "a position is an integer, given f32"},
      {"C[i] = A[2*{B[i]}]", {v, i64s({3})}, "{B[i]}", "data in braces is one part of a sum"},
      {"C[i] = A[{B[i]} + {B[i]}]", {v, i64s({3})}, "{B[i]} + {B[i]}", "a position has one part in braces"},
      {"C[i] = A[1.5] + A[i]", {v}, "1.5", "positions are integers"},
      {"C[i] = A[i] + {i}", {v}, "{i}", "braces stand around positions inside of brackets"},
      {"C[i] = pad(A[i]*2, 0)", {v}, "A[i]*2", "pad takes an access"},
      {"C[i] = pad(A[i], A[i])", {v}, "A[i]", "what stands outside is a number"},
      // types
      {"C[i] = exp(A[i])", {i64s({9})}, "exp(A[i])", "exp takes floats, given i64"},
      {"C[i] = 0.5*A[i]", {i64s({9})}, "0.5", "the number 0.5 is none of type i64"},
      {"C[i] = 300*A[i]", {Type{DType::U8, {9}}}, "300", "the number 300 is none of type u8"},
      {"C[i] = (A[i] > 0) + (A[i] > 1)", {v}, "(A[i] > 0) + (A[i] > 1)", "arithmetic with bool"},
      {"C[i] = 2*m[i]", {Type{DType::Bool, {9}}}, "2*m[i]", "arithmetic with bool; cast it first, as in f32(m[i])"},
      {"C[i] = m[i] - 1", {Type{DType::Bool, {9}}}, "m[i] - 1", "arithmetic with bool; cast it first, as in f32(m[i])"},
      {"C[i] = -m[i]", {Type{DType::Bool, {9}}}, "-m[i]", "arithmetic with bool; cast it first, as in f32(m[i])"},
      {"C[i] = m[i] == 1", {Type{DType::Bool, {9}}}, "1", "a number beside bool; cast the bool, as in f32(m[i])"},
      {"C[i] = where(m[i], 2, m[i])",
       {Type{DType::Bool, {9}}},
       "2",
       "a number beside bool; cast the bool, as in f32(m[i])"},
      {"C[i] = f64(x[i]) + 2*m[i]", {f64({9}), Type{DType::Bool, {9}}}, "2*m[i]", "as in f64(m[i])"},
      {"C[i] = where(A[i], 1, 2)", {v}, "A[i]", "a condition is a comparison, given f32"},
      {"C[i] = A[i] > 0 and 1", {v}, "1", "'and' takes conditions, given a number"},
      {"C[i] = bit_and(A[i], 1)", {v}, "bit_and(A[i], 1)", "bit_and takes integers, given f32"},
      // sizes
      {"C[i,j,k] = A[0] where i in 1000000000, j in 1000000000, k in 1000000000",
       {v},
       "C[i,j,k] = A[0] where i in 1000000000, j in 1000000000, k in 1000000000",
       "has more elements than 64 bits can count"},
      {"C += A[99999999999999*i] where i in 3", {v}, "99999999999999", "positions are integers of moderate size"},
  };
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.formula);
    const std::string formula = mistake.formula, error = error_of([&] { parse_formula(formula, mistake.in); });
    EXPECT_THAT(error, HasSubstr(mistake.message));
    const std::size_t last = error.rfind('\n'), mark = error.find('^', last);
    ASSERT_NE(mark, std::string::npos) << error;
    const std::string marked(mistake.marked);
    EXPECT_EQ(error.size() - mark, std::max<std::size_t>(marked.size(), 1)) << error;
    EXPECT_EQ(formula.substr(std::min(mark - last - 3, formula.size()), marked.size()), marked) << error;
  }
}

TEST(TextFormula, OperandsAreCountedAndTensorsOfNumbers) {
  EXPECT_THAT(error_of([] { parse_formula("C[i] = A[i]*B[i]", {f32({3})}); }),
              HasSubstr("formula: it reads 2 tensors: A, B, given 1"));
  EXPECT_THAT(error_of([] { parse_formula("C[i] = A[i]", {Type{DType::Str, {3}}}); }),
              HasSubstr("A is str[3]; expected a tensor of numbers"));
}

TEST(TextFormula, MistakesInLongTextAreShownInTheirLine) {
  const std::string error = error_of([] { parse_formula("a[i] = x[i];\nb[i] = a[i]*;\nc[i] = b[i]", {f32({3})}); });
  EXPECT_EQ(error,
            "formula, column 13: expected a number, a tensor, an index, a function or '(', found ';'\n  b[i] = "
            "a[i]*;\n              ^");
  const std::string wide = error_of([] { parse_formula("a[i] = x[i] " + std::string(300, ' ') + "?", {f32({3})}); });
  EXPECT_THAT(wide, HasSubstr("formula, column 313: "));
  EXPECT_LT(wide.size(), 300u);
}

TEST(TextFormula, HostileTextIsRefused) {
  const std::vector<Type> in{f32({3})};
  auto error = [&](const std::string& text) { return error_of([&] { parse_formula(text, in); }); };
  EXPECT_THAT(error("y[i] = x[i]" + std::string(1 << 17, ' ')), HasSubstr("at most 65536 are read"));
  EXPECT_THAT(error("y[i] = " + std::string(1 << 20, '(')),
              HasSubstr("the text has 1048583 characters, at most 65536"));
  EXPECT_THAT(error(std::string(1 << 15, ';')), HasSubstr("expected the name of the tensor to compute"));
  const std::string open(98, '('), close(98, ')');  // beside the right side itself and the position i
  EXPECT_EQ(error("y[i] = " + open + "x[i]" + close), "");
  EXPECT_THAT(error("y[i] = (" + open + "x[i]" + close + ")"), HasSubstr("more than 100 levels of nesting"));
  EXPECT_THAT(error("y[i] = " + std::string(5000, '(') + "x[i]"), HasSubstr("levels of nesting"));
  EXPECT_THAT(error("y[i] = " + std::string(5000, '-') + "x[i]"), HasSubstr("levels of nesting"));
  std::string powers = "y[i] = x[i]";
  for (int k = 0; k < 5000; ++k) powers += "**2";
  EXPECT_THAT(error(powers), HasSubstr("levels of nesting"));
  std::string sum = "y[i] = x[i]", names = "y[i] = x[i]", statements, dimensions = "y[k0";
  for (int k = 0; k < 1000; ++k) {
    sum += " + x[i]";
    names += fmt::format(" + x{}[i]", k);
    statements += fmt::format("y{}[i] = x[i];", k);
    dimensions += fmt::format(",k{}", k + 1);
  }
  EXPECT_THAT(error(sum), HasSubstr("more than 200 parts inside each other"));
  EXPECT_THAT(error(names), HasSubstr("200 parts"));
  EXPECT_THAT(error(statements), HasSubstr("at most 64 statements"));
  EXPECT_THAT(error(dimensions + "] = x[k0]"), HasSubstr("at most 16 dimensions"));
}

/// `e` where its unknown extents have these values.
Expr known(const Expr& e, const DimValues& values) { return values.empty() ? e : with_values(e, values); }

/// What is wrong with the formula that an expression is written as: nothing, or the text that is refused or has another
/// value. `written` counts those that the language has words for.
std::string fault_when_written(const Expr& e, const std::vector<Array>& operands, int* written = nullptr,
                               const DimValues& values = {}, const Type& o = {}) {
  FormulaNames names{
      .target = "out", .operands = {}, .target_indices = {}, .operand_indices = {}, .others = {{"o", o}}};
  for (std::size_t k = 0; k < e.in.size(); ++k) names.operands.push_back(fmt::format("x{}", k));
  const auto text = to_formula(e, names);
  if (!text) return written ? "" : "no words for " + to_text(e);
  if (written) ++*written;
  std::vector<Type> types;
  std::vector<Array> arrays;  // the text has an order of its own
  try {
    for (const std::string& name : operands_of(*text)) {
      const std::size_t number = name == "o" ? 0 : std::stoul(name.substr(1));
      types.push_back(name == "o" ? o : e.in[number]);
      arrays.push_back(operands[number]);
    }
    std::optional<Array> expected;
    try {
      expected = evaluate(known(e, values), operands);
    } catch (const Error&) {  // a position from data is out of range
    }
    TextFormula f = parse_formula(*text, types);
    if (f.type() != e.type()) return *text + " has another type";
    f.steps[0].e = known(f.steps[0].e, values);
    return expected && !(distance(*expected, value_of(f, arrays)) < 1e-12) ? *text + " has another value" : "";
  } catch (const Error& refused) {
    return *text + " is refused: " + refused.what();
  }
}

/// Formulas whose expressions are written as formulas again: the same value.
TEST(TextFormula, ExpressionsAreWrittenAsFormulas) {
  const std::vector<std::pair<std::string, std::vector<Type>>> cases{
      {"C[i,j] += A[i,k]*B[k,j]", {f64({3, 5}), f64({5, 4})}},
      {"Y[n,f,p] += pad(X[n,c,2*p + r - 1], 0)*W[f,c,r] where p in 0:3", {f64({2, 3, 5}), f64({2, 3, 3})}},
      {"y[t] += pad(x[(t + 1 - r)/2])*w[r] where t in 0:8", {f64({4}), f64({3})}},
      {"y[i] = where(i < 3, a[i], b[i - 3]) where i in 0:8", {f64({3}), f64({5})}},
      {"y[i] += where(j <= i, x[j]*x[j], 0) where i in 0:7, j in 0:7", {f64({7})}},
      {"y[i] = sqrt(sum[j](x[i,j]*x[i,j]) + 1)", {f64({3, 4})}},
      {"y[i] = where(x[i] > 0 and not (x[i] > 0.5), 2*x[i], -x[i]/3)", {f64({7})}},
      {"y[i] max= x[i + j] where j in 0:3", {f64({7})}},
      {"y[n,(g,k)] = x[n,g,k] + f64(g)", {f64({2, 3, 4})}},
      {"C[i,j] += A[i,k]*B[k,j]", {Type{DType::BF16, {3, 5}}, Type{DType::BF16, {5, 4}}}},
      {"y[i] = x[i]*(x[i] - (x[i] - 1)) - (2 - x[i])", {f64({5})}},
  };
  for (const auto& [text, in] : cases) {
    SCOPED_TRACE(text);
    const TextFormula f = parse_formula(text, in);
    const FormulaNames names{.target = "out", .operands = f.operands, .target_indices = {}, .operand_indices = {}};
    const std::vector<Array> x = random_operands(in);
    const auto written = to_formula(f.steps[0].e, names);
    ASSERT_TRUE(written);
    EXPECT_EQ(distance(value_of(f, x), value_of(parse_formula(*written, in), x)), 0) << *written;
    for (std::int32_t k = 0; k < static_cast<std::int32_t>(in.size()); ++k)
      for (const GradientTerm& t : gradient(f.steps[0].e, k))
        EXPECT_EQ(fault_when_written(t.e, random_operands(t.e.in, 0, 1)), "");
  }
}

TEST(TextFormula, RandomExpressionsAreWrittenAsFormulas) {
  int written = 0, gradients = 0;
  for (int seed = 0; seed < 300 * testing::fuzz_factor(); ++seed) {
    testing::Generator g(static_cast<std::uint64_t>(seed));
    const Expr e = g.expression();
    const testing::Property is_written = [&](const Expr& x) {
      return fault_when_written(x, testing::Generator(1).arrays(x), &written);
    };
    ASSERT_EQ(testing::fault_of(e, is_written), "") << "seed " << seed;
    for (std::int32_t operand : {0, 1})
      for (const GradientTerm& t : gradient(e, operand))
        ASSERT_EQ(fault_when_written(t.e, random_operands(t.e.in, 0, 1), &gradients), "");
  }
  EXPECT_GT(written, 250);
  EXPECT_GT(gradients, 300);
}

TEST(TextFormula, ExpressionsOfUnknownExtentsAreWrittenAsFormulas) {
  int written = 0, all = 0;
  for (int seed = 0; seed < 150 * testing::fuzz_factor(); ++seed) {
    SCOPED_TRACE(seed);
    testing::Generator g(static_cast<std::uint64_t>(seed), true);
    std::vector<Expr> list{g.expression()};
    const Type o = f32(Shape(list[0].domain.extent.begin(), list[0].domain.extent.end()));  // how far indices run
    for (std::int32_t operand : {0, 1})
      for (GradientTerm& t : gradient(list[0], operand)) list.push_back(std::move(t.e));
    for (const Expr& e : list) {
      ++all;
      ASSERT_EQ(fault_when_written(e, random_operands(known(e, g.values).in, 0, 1), &written, g.values, o), "");
    }
  }
  EXPECT_GT(written, all * 95 / 100);  // not: positions that are fractions, data inside of what is not proved
}

TEST(TextFormula, GradientsReadWell) {
  const Expr e = parse_formula("C[i,j] += A[i,k]*B[k,j]", {f32({3, 5}), f32({5, 4})}).steps[0].e;
  const FormulaNames names{.target = "dA",
                           .operands = {"A", "B", "dC", "", ""},
                           .target_indices = {"i", "k"},
                           .operand_indices = {{"i", "k"}, {"k", "j"}, {"i", "j"}}};
  EXPECT_EQ(to_formula(gradient(e, 0)[0].e, names), "dA[i,k] += dC[i,j] * B[k,j]");
}

}  // namespace
}  // namespace tenon::expr
