// Random functions of branches and loops inside of each other, compiled against interpreted.
#include <gtest/gtest.h>

#include "autodiff/reverse.h"
#include "base/rng.h"
#include "ir/text.h"
#include "op/control/function.h"
#include "op/functions.h"
#include "op/testing.h"

namespace tenon {
namespace {

const Type kScalar{DType::F64, {}}, kRow{DType::F64, {2}}, kRows{DType::F64, {3, 2}};

/// Makes values out of others, all of one of the three types and of magnitudes that stay small.
class RandomFlow {
 public:
  explicit RandomFlow(std::uint64_t seed) : rng_(seed) {}

  Function function() {
    Function f{"random", {}, {}};
    for (const Type& t : {kScalar, kRow, kRow, kRows}) f.parameters.emplace_back(Node::parameter(t), 0);
    f.results = body(f.parameters, {kScalar, kRow, kRows, kRow}, 3);
    return f;
  }

 private:
  using Values = std::vector<Value>;
  bool coin(int of = 2) { return rng_.below(static_cast<std::uint64_t>(of)) == 0; }
  i64 number(i64 below) { return static_cast<i64>(rng_.below(static_cast<std::uint64_t>(below))); }
  Type type() { return std::vector<Type>{kScalar, kRow, kRows}[rng_.below(3)]; }
  std::vector<Type> types(i64 most) {
    std::vector<Type> list(1 + rng_.below(static_cast<std::uint64_t>(most)), kScalar);
    for (Type& t : list) t = type();
    return list;
  }

  /// Results of these types: some are parameters, constants, views or values that stand there twice.
  Values body(std::span<const Value> parameters, const std::vector<Type>& results, int depth) {
    Values pool(parameters.begin(), parameters.end());
    for (i64 steps = 2 + number(4); steps > 0; --steps) {
      if (depth > 0 && coin())
        for (Value& v : flow(pool, depth)) pool.push_back(std::move(v));
      else
        pool.push_back(simple(pool));
    }
    Values list;
    for (const Type& t : results) list.push_back(pick(pool, t));
    return list;
  }

  /// A value of the type: one of the pool, a constant, or made of others.
  Value pick(const Values& pool, const Type& t) {
    Values fitting;
    for (const Value& v : pool)
      if (v.type() == t) fitting.push_back(v);
    if (!fitting.empty() && !coin(6)) return fitting[rng_.below(fitting.size())];
    if (coin()) return Value(Node::leaf(random_like(t, rng_.below(1000))), 0);
    const Value any = pool.empty() ? Value(Node::leaf(random_like(t, 1)), 0) : pool[rng_.below(pool.size())];
    return broadcast(tanh(sum(any)), t.shape);
  }

  Value simple(const Values& pool) {
    const Type t = type();
    const Value a = pick(pool, t), b = pick(pool, t);
    switch (rng_.below(6)) {
      case 0: return tanh(a + b);
      case 1: return a * 0.5 - b * 0.25;
      case 2: return reshape(reshape(a, {-1, 1}), t.shape);
      case 3: return broadcast(tanh(pick(pool, kScalar)), t.shape) * a;
      case 4: return reshape(slice(pick(pool, kRows), {1, 0}, {2, 2}), {2});
      default: return mean(a);
    }
  }

  Value condition(const Values& pool) { return pick(pool, kScalar) > 0.1; }

  FunctionPtr function_of(const std::vector<Type>& parameters, const std::vector<Type>& results, int depth) {
    return make_function("inner", parameters, [&](std::span<const Value> p) { return body(p, results, depth); });
  }

  Values flow(const Values& pool, int depth) {
    const std::vector<Type> given = types(3);
    Values args;
    for (const Type& t : given) args.push_back(pick(pool, t));
    switch (rng_.below(3)) {
      case 0: {
        const std::vector<Type> results = types(3);
        return cond<Value>(condition(pool), function_of(given, results, depth - 1),
                           function_of(given, results, depth - 1), args);
      }
      case 1: {
        const auto goes_on = make_function(
            "goes_on", given, [&](std::span<const Value> p) { return Values{condition(body(p, {kScalar}, 0))}; });
        return while_loop<Value>(goes_on, function_of(given, given, depth - 1), args, 1 + number(4));
      }
      default: return scanned(pool, given, args, depth);
    }
  }

  Values scanned(const Values& pool, const std::vector<Type>& states, const Values& first, int depth) {
    const bool has_sequence = coin(), has_constant = coin();
    std::vector<Type> parameters = states, results = states;
    if (has_sequence) parameters.push_back(kRow);
    if (has_constant) parameters.push_back(kScalar);
    for (i64 k = number(3); k > 0; --k) results.push_back(kRow);
    const i64 length = has_sequence ? 3 : number(5);
    Values out = scan<Value>(function_of(parameters, results, depth - 1), first,
                             has_sequence ? Values{pick(pool, kRows)} : Values(),
                             has_constant ? Values{pick(pool, kScalar)} : Values(), coin(), length);
    for (std::size_t k = states.size(); k < out.size(); ++k)
      if (length != 3) out[k] = broadcast(tanh(sum(out[k])), kRow.shape);
    return out;
  }

  Rng rng_;
};

TEST(RandomControl, IsWhatTheInterpreterSays) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const Function f = RandomFlow(seed).function();
    const auto e = executable(f, "test");
    ASSERT_NE(e->program(), nullptr) << seed;
    for (const std::uint64_t data : {1, 2}) {
      std::vector<SampleInput> inputs;
      for (const Value& p : f.parameters) inputs.push_back({p.type(), -1, 1});
      const auto in = sample_data(inputs, data);
      const auto given = e->run(in), expected = interpret(f, in);
      for (std::size_t k = 0; k < expected.size(); ++k)
        ASSERT_EQ(fault_of_value(given[k], expected[k], 100), "") << seed << ", result " << k << "\n" << to_text(f);
    }
  }
}

TEST(RandomControl, SoAreGradients) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    Function f = RandomFlow(seed).function();
    f.results = {sum(f.results[0]) + sum(f.results[1]) + sum(f.results[2])};
    const Function g = with_gradients(f, std::vector<std::size_t>{0, 1, 2, 3});
    const auto e = executable(g, "test");
    ASSERT_NE(e->program(), nullptr) << seed;
    std::vector<SampleInput> inputs;
    for (const Value& p : g.parameters) inputs.push_back({p.type(), -1, 1});
    const auto in = sample_data(inputs, 3);
    const auto given = e->run(in), expected = interpret(g, in);
    for (std::size_t k = 0; k < expected.size(); ++k)
      ASSERT_EQ(fault_of_value(given[k], expected[k], 100), "") << seed << ", result " << k << "\n" << to_text(g);
  }
}

}  // namespace
}  // namespace tenon
