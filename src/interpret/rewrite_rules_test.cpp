// Rules over operator structs, checked against the interpreter on random graphs.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "interpret/interpret.h"
#include "ir/rewrite.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "op/functions.h"

namespace tenon {
namespace {

const Var x;
const OpVar<Transpose> outer, inner;
const OpVar<Reshape> reshape_outer, reshape_inner;
const OpVar<Cast> to_type;
const OpVar<Mul> times;
const OpVar<Add> plus;

bool keeps_type(const Match& m) { return m[x].type() == m.root().type(); }

const std::vector<Rule>& rules() {
  static const std::vector<Rule> list{
      {"transpose(transpose(x))", outer(inner(x)),
       [](const Match& m, Builder& b) {
         Ints first = m[inner].full_permutation(m[x].rank()), composed;
         for (i64 d : m[outer].full_permutation(m[x].rank())) composed.push_back(first[static_cast<std::size_t>(d)]);
         return b.apply1(make_op(Transpose{composed}), {m[x]});
       }},
      {"reshape(reshape(x))", reshape_outer(reshape_inner(x)),
       [](const Match& m, Builder& b) { return b.apply1(make_op(Reshape{m.root().shape()}), {m[x]}); }},
      {"reshape(x) to its own shape", reshape_outer(x), keeps_type, x},
      {"cast(x) to its own type", to_type(x), keeps_type, x},
      {"x * 1", times(x, 1), keeps_type, x},
      {"x + 0", plus(x, 0), keeps_type, x},
  };
  return list;
}

// A random graph over one parameter in which the rules find work. Half of the numbers added and multiplied by are 0
// and 1.
Function random_function(std::mt19937& random) {
  auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  Value p(Node::parameter({DType::F32, {2, 3, 4}}), 0);
  std::vector<Value> values{p};
  for (int k = 0; k < 12; ++k) {
    Value v = values[static_cast<std::size_t>(pick(static_cast<int>(values.size())))];
    Ints order{0, 1, 2};
    std::shuffle(order.begin(), order.end(), random);
    switch (pick(6)) {
      case 0: v = transpose(v, order); break;
      case 1: v = reshape(v, Shape{v.shape()[1], v.shape()[0], v.shape()[2]}); break;
      case 2: v = detail::apply_to<Value>(Cast{pick(4) == 0 ? DType::F64 : v.dtype()}, {v}); break;
      case 3: v = v * (pick(2) == 0 ? 1.0 : 0.5); break;
      case 4: v = v + (pick(2) == 0 ? 0.0 : 0.25); break;
      default: v = tanh(v); break;
    }
    values.push_back(v);
  }
  return {"random", {p}, {values.back(), values[values.size() / 2]}};
}

TEST(RewriteRules, GiveTheSameBits) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> uniform(0.125f, 2);  // no -0, which x + 0 would turn into 0
  std::set<std::string> fired;
  for (int round = 0; round < 300; ++round) {
    Function f = random_function(random);
    Array in(DType::F32, {2, 3, 4});
    for (i64 k = 0; k < in.count(); ++k) in.set(k, uniform(random));
    Rewritten out = rewrite(f, rules());
    ASSERT_TRUE(out.finished);
    verify(out.function);
    std::vector<Array> before = interpret(f, {&in, 1}), after = interpret(out.function, {&in, 1});
    for (std::size_t k = 0; k < before.size(); ++k) {
      ASSERT_TRUE(identical(before[k], after[k])) << to_text(f) << to_text(out.function);
    }
    for (auto& [name, count] : out.fired) fired.insert(name);
    EXPECT_TRUE(rewrite(out.function, rules()).fired.empty()) << "a second time finds nothing";
  }
  EXPECT_EQ(fired.size(), rules().size()) << "each rule was tried";
}

TEST(RewriteRules, ReadTheFieldsOfOperators) {
  Function f = parse_function(R"(func @f(%0: f32[2,3,4]) -> (f32[2,3,4]) {
    %1 = transpose(%0) {permutation=[1,2,0]} : f32[3,4,2]
    %2 = transpose(%1) {permutation=[]} : f32[2,4,3]
    %3 = cast(%2) {dtype=f32} : f32[2,4,3]
    %4 = transpose(%3) {permutation=[0,2,1]} : f32[2,3,4]
    return %4 })");
  EXPECT_EQ(to_text(rewrite(f, rules()).function), R"(func @f(%0: f32[2,3,4]) -> (f32[2,3,4]) {
  %1 = transpose(%0) {permutation=[0,1,2]} : f32[2,3,4]
  return %1
}
)");
}

}  // namespace
}  // namespace tenon
