// The rules against the interpreter, on random shapes, element types and values.
#include "pass/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "ir/verify.h"
#include "pass/rules_testing.h"

namespace tenon {
namespace {

int fuzz_factor() {
  const char* given = std::getenv("TENON_FUZZ");
  return given ? std::max(1, std::atoi(given)) : 1;
}

TEST(Rules, AreAsExactAsTheySay) {
  const int wanted = 60 * fuzz_factor();
  constexpr std::uint64_t kMostDraws = 200'000;
  for (const AlgebraRule& rule : all_rules()) {
    const RuleFuzzer fuzzer(rule);
    int fired = 0;
    std::string fault;
    for (std::uint64_t seed = 0; seed < kMostDraws && fired < wanted && fault.empty(); ++seed)
      fired += fuzzer.try_once(seed, fault) ? 1 : 0;
    EXPECT_EQ(fault, "");
    EXPECT_GE(fired, 1) << rule.rule.name() << " never fired";
  }
}

TEST(Rules, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const AlgebraRule& rule : all_rules()) EXPECT_TRUE(names.insert(rule.rule.name()).second) << rule.rule.name();
  EXPECT_GE(names.size(), 150u);
}

TEST(Rules, ComeToAnEndTogether) {
  std::vector<Rule> rules;
  for (const AlgebraRule& rule : all_rules())
    if (rule.exactness != Exactness::Approximate) rules.push_back(rule.rule);
  int rewritten = 0;
  for (std::uint64_t seed = 0; seed < 6000u * static_cast<unsigned>(fuzz_factor()); ++seed) {
    PatternDrawer draw(seed);
    const auto f = draw.draw(all_rules()[seed % all_rules().size()].rule.pattern());
    if (!f) continue;
    const Rewritten out = rewrite(*f, rules);
    ASSERT_TRUE(out.finished) << to_text(*f) << to_text(out.function);
    verify(out.function);
    ASSERT_TRUE(rewrite(out.function, rules).fired.empty()) << to_text(*f) << to_text(out.function);
    if (out.fired.empty()) continue;
    ++rewritten;
    const auto data = drawn_data(*f, draw, false);
    const std::string fault =
        fault_of_replacement(judged(out.function, data), judged(*f, data), Exactness::Reassociating, false);
    ASSERT_EQ(fault, "") << to_text(*f) << to_text(out.function);
  }
  EXPECT_GE(rewritten, 500);
}

/// A rule that is wrong for -0 is found, and shown with a small example.
TEST(Rules, FaultsAreFoundAndShrunk) {
  Var x;
  OpVar<Add> add;
  const AlgebraRule wrong{
      Rule(
          "x + 0 = x", add(x, 0), [=](const Match& m) { return m[x].type() == m.root().type(); }, x),
      Exactness::BitExact, "wrong"};
  std::string fault;
  for (std::uint64_t seed = 0; seed < 20'000 && fault.empty(); ++seed) RuleFuzzer(wrong).try_once(seed, fault);
  EXPECT_THAT(fault, testing::HasSubstr("is -0, expected 0"));
  EXPECT_LT(std::ranges::count(fault, '\n'), 16) << fault;
}

}  // namespace
}  // namespace tenon
