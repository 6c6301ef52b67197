#include "ir/rewrite.h"

#include <gtest/gtest.h>

#include "ir/test_values.h"
#include "ir/text.h"
#include "ir/verify.h"

namespace tenon {
namespace {

// Operators by name alone; rules that read attributes are tested where the operators are at hand.
struct Add {
  static constexpr std::string_view name = "add";
};
struct Mul {
  static constexpr std::string_view name = "mul";
};
struct Sub {
  static constexpr std::string_view name = "sub";
};
struct Exp {
  static constexpr std::string_view name = "exp";
};
struct Log {
  static constexpr std::string_view name = "log";
};
struct Neg {
  static constexpr std::string_view name = "neg";
};

const Var x, y, z;
const OpVar<Add> add;
const OpVar<Mul> mul, mul2;
const OpVar<Sub> sub;
const OpVar<Exp> exp;
const OpVar<Log> log;
const OpVar<Neg> neg, neg2;

// The function's body after rewriting, without its first and last line.
std::string body(const Function& f) {
  std::string text = to_text(f);
  std::size_t start = text.find('\n') + 1;
  return text.substr(start, text.rfind('}') - start);
}

Rewritten rewritten(std::string_view statements, std::string_view result, const std::vector<Rule>& rules) {
  Function f =
      parse_function(fmt::format("func @f(%0: f32[2], %1: f32[2]) -> (f32[2]) {{ {} return {} }}", statements, result));
  Rewritten r = rewrite(f, rules);
  verify(r.function);
  return r;
}

bool keeps_type(const Match& m) { return m[x].type() == m.root().type(); }

TEST(Rewrite, ReplacesByAVariable) {
  Rule r("log(exp(x))", log(exp(x)), x);
  Rewritten out = rewritten("%2 = exp(%0) : f32[2] %3 = log(%2) : f32[2] %4 = neg(%3) : f32[2]", "%4", {r});
  EXPECT_EQ(body(out.function), "  %2 = neg(%0) : f32[2]\n  return %2\n");
  EXPECT_EQ(out.fired, (std::vector<std::pair<std::string, int>>{{"log(exp(x))", 1}}));
  EXPECT_TRUE(out.finished);
}

TEST(Rewrite, LeavesAnUnchangedFunctionAsItIs) {
  Function f = parse_function("func @f(%0: f32[2]) -> (f32[2]) { %1 = exp(%0) : f32[2] return %1 }");
  std::vector<Rule> rules{Rule("log(exp(x))", log(exp(x)), x)};
  Rewritten out = rewrite(f, rules);
  EXPECT_EQ(out.function.results[0], f.results[0]);
  EXPECT_TRUE(out.fired.empty());
}

TEST(Rewrite, ConstantsMatchByValueInEitherOrder) {
  Rule one("x * 1", mul(x, 1), keeps_type, x), zero("x + 0", add(x, 0), keeps_type, x);
  for (std::string_view operands : {"%0, %2", "%2, %0"}) {
    for (std::string_view constant :
         {"constant {value=dense f32[2] [1,1]} : f32[2]", "full {value=1, shape=[]} : f32[]"}) {
      Rewritten out = rewritten(fmt::format("%2 = {} %3 = mul({}) : f32[2]", constant, operands), "%3", {zero, one});
      EXPECT_EQ(body(out.function), "  return %0\n");
    }
    Rewritten two = rewritten(fmt::format("%2 = full {{value=2, shape=[]}} : f32[] %3 = mul({}) : f32[2]", operands),
                              "%3", {zero, one});
    EXPECT_TRUE(two.fired.empty());
  }
}

TEST(Rewrite, SideConditionsHaveTheLastWord) {
  // The constant broadcasts x to another shape: x alone would not do.
  Function f = parse_function(
      "func @f(%0: f32[]) -> (f32[3]) { %1 = full {value=1, shape=[3]} : f32[3] "
      "%2 = mul(%0, %1) : f32[3] return %2 }");
  std::vector<Rule> rules{Rule("x * 1", mul(x, 1), keeps_type, x)};
  EXPECT_TRUE(rewrite(f, rules).fired.empty());
}

TEST(Rewrite, ARepeatedVariableIsTheSameValue) {
  Rule r("x - x", sub(x, x), [](const Match& m, Builder&) { return leaf({0, 0}, m.root().shape()); });
  EXPECT_EQ(rewritten("%2 = sub(%0, %0) : f32[2]", "%2", {r}).fired.size(), 1u);
  EXPECT_EQ(rewritten("%2 = sub(%0, %1) : f32[2]", "%2", {r}).fired.size(), 0u);
}

TEST(Rewrite, CommutativeOperatorsTryBothOrdersInDepth) {
  // x * y + x * z = x * (y + z), with x at any place of the two products
  Rule r("x*y + x*z", add(mul(x, y), mul2(x, z)), [](const Match& m, Builder& b) {
    return b.apply1(m.value(mul).node()->op_ref(), {m[x], b.apply1(m.root().node()->op_ref(), {m[y], m[z]})});
  });
  for (std::string_view first : {"%0, %2", "%2, %0"}) {
    for (std::string_view second : {"%0, %3", "%3, %0"}) {
      Rewritten out = rewritten(fmt::format("%2 = exp(%1) : f32[2] %3 = log(%1) : f32[2] %4 = mul({}) : f32[2] "
                                            "%5 = mul({}) : f32[2] %6 = add(%4, %5) : f32[2]",
                                            first, second),
                                "%6", {r});
      EXPECT_EQ(body(out.function),
                "  %2 = exp(%1) : f32[2]\n  %3 = log(%1) : f32[2]\n  %4 = add(%2, %3) : f32[2]\n"
                "  %5 = mul(%0, %4) : f32[2]\n  return %5\n");
    }
  }
}

TEST(Rewrite, KnownValuesAreBound) {
  Rule r("known + x", add(Pattern::known(y), x), [](const Match& m) { return known_value(m[y])->count() == 2; }, x);
  EXPECT_EQ(
      rewritten("%2 = constant {value=dense f32[2] [5,6]} : f32[2] %3 = add(%0, %2) : f32[2]", "%3", {r}).fired.size(),
      1u);
  EXPECT_EQ(rewritten("%3 = add(%0, %1) : f32[2]", "%3", {r}).fired.size(), 0u);
}

TEST(Rewrite, GoesOnUntilNothingApplies) {
  std::string text;
  for (int k = 2; k < 102; ++k) text += fmt::format("%{} = neg(%{}) : f32[2] ", k, k == 2 ? 0 : k - 1);
  Rewritten out = rewritten(text, "%101", {Rule("-(-x)", neg(neg2(x)), x)});
  EXPECT_EQ(body(out.function), "  return %0\n");
  EXPECT_EQ(out.fired[0].second, 50);
}

TEST(Rewrite, SeesWhatARuleBuilt) {
  // log(x * y) = log x + log y, and log exp x = x: the second applies only to what the first builds.
  Rule split("log(x*y)", log(mul(x, y)), [](const Match& m, Builder& b) {
    const OpRef& op = m.value(log).node()->op_ref();
    return b.apply1(find_op("add")->make({}), {b.apply1(op, {m[x]}), b.apply1(op, {m[y]})});
  });
  Rewritten out = rewritten("%2 = exp(%0) : f32[2] %3 = mul(%2, %1) : f32[2] %4 = log(%3) : f32[2]", "%4",
                            {split, Rule("log(exp(x))", log(exp(x)), x)});
  EXPECT_EQ(body(out.function), "  %2 = log(%1) : f32[2]\n  %3 = add(%0, %2) : f32[2]\n  return %3\n");
  EXPECT_EQ(out.fired.size(), 2u);
}

TEST(Rewrite, RulesThatNeverEndAreStopped) {
  Rule swap("x + y = y + x", add(x, y),
            [](const Match& m, Builder& b) { return b.apply1(m.root().node()->op_ref(), {m[y], m[x]}); });
  Rewritten out = rewritten("%2 = add(%0, %1) : f32[2]", "%2", {swap});
  EXPECT_FALSE(out.finished);
  EXPECT_GT(out.fired[0].second, 1);
}

TEST(Rewrite, AReplacementKeepsTheType) {
  Rule bad("exp(x)", exp(x), [](const Match&, Builder&) { return leaf({1}, {}); });
  EXPECT_THROW(rewritten("%2 = exp(%0) : f32[2]", "%2", {bad}), InternalError);
}

}  // namespace
}  // namespace tenon
