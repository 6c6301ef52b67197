// The passes over branches and loops, on random programs against the interpreter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/rng.h"
#include "interpret/interpret.h"
#include "ir/text.h"
#include "op/functions.h"
#include "pass/pipeline.h"

namespace tenon {
namespace {

const Type kVector{DType::F64, {2}};

/// Draws functions of branches and loops, also inside of one another, whose conditions are sometimes known, whose
/// states sometimes stay as they are and whose results are not all read.
class ControlDrawer {
 public:
  explicit ControlDrawer(std::uint64_t seed) : rng_(seed) {}

  Function draw() {
    Function f{"drawn", {}, {}};
    for (int k = 0; k < 3; ++k) f.parameters.emplace_back(Node::parameter(kVector), 0);
    std::vector<Value> known = f.parameters;
    for (i64 n = pick(1, 4); n > 0; --n) grow(known, 2);
    for (i64 n = pick(1, 2); n > 0; --n) f.results.push_back(any(known));
    return f;
  }

 private:
  i64 pick(i64 low, i64 high) { return low + static_cast<i64>(rng_.below(static_cast<std::uint64_t>(high - low + 1))); }
  bool chance(i64 in) { return pick(1, in) == 1; }
  /// The latest more often than others.
  Value any(const std::vector<Value>& from) {
    const auto last = static_cast<i64>(from.size()) - 1;
    return from[static_cast<std::size_t>(chance(2) ? last : pick(0, last))];
  }

  void grow(std::vector<Value>& known, int depth) {
    switch (depth > 0 ? pick(0, 6) : pick(0, 3)) {
      case 0: return known.push_back(tanh(any(known)));
      case 1: return known.push_back(any(known) * any(known));
      case 2: return known.push_back(any(known) + any(known));
      case 3: return known.push_back(any(known) * 0.5);
      case 4: return add(known, branch(known, depth - 1));
      case 5: return add(known, loop(known, depth - 1));
      default: return add(known, scanned(known, depth - 1));
    }
  }
  static void add(std::vector<Value>& known, const std::vector<Value>& more) {
    for (const Value& v : more)
      if (v.type() == kVector) known.push_back(v);
  }

  /// Results for each of `states` (some of which stay), then `more` further ones.
  std::vector<Value> results(const std::vector<Value>& parameters, std::size_t states, i64 more, int depth) {
    std::vector<Value> known = parameters, out;
    for (i64 n = pick(1, 4); n > 0; --n) grow(known, depth);
    for (std::size_t k = 0; k < states; ++k) out.push_back(chance(3) ? parameters[k] : any(known));
    for (; more > 0; --more) out.push_back(any(known));
    return out;
  }
  FunctionPtr function(std::vector<Type> types, const std::function<std::vector<Value>(const std::vector<Value>&)>& f) {
    return make_function("inner", types, f);
  }
  std::vector<Value> some(const std::vector<Value>& known, i64 count) {
    std::vector<Value> list;
    for (; count > 0; --count) list.push_back(any(known));
    return list;
  }

  std::vector<Value> branch(const std::vector<Value>& known, int depth) {
    const i64 count = pick(1, 2);
    const std::vector<Type> types(static_cast<std::size_t>(count), kVector);
    const auto body = [&] { return function(types, [&](const auto& p) { return results(p, 0, 1, depth); }); };
    const Value condition = chance(2) ? Value(Node::make(make_op(Full{chance(2) ? 1.0 : 0.0, DType::Bool, {}}), {}), 0)
                                      : sum(any(known)) > 0.1;
    const FunctionPtr yes = body();
    return cond(condition, yes, chance(4) ? yes : body(), some(known, count));
  }

  std::vector<Value> loop(const std::vector<Value>& known, int depth) {
    std::vector<Value> state{Value(Node::make(make_op(Full{0, DType::I64, {}}), {}), 0)};
    for (const Value& v : some(known, pick(1, 3))) state.push_back(v);
    std::vector<Type> types;
    for (const Value& v : state) types.push_back(v.type());
    const i64 steps = pick(0, 3);
    const FunctionPtr condition = function(types, [&](const auto& p) {
      return std::vector<Value>{steps == 0 ? Value(Node::make(make_op(Full{0, DType::Bool, {}}), {}), 0)
                                           : p[0] < static_cast<double>(steps)};
    });
    const FunctionPtr body = function(types, [&](const auto& p) {
      const std::vector<Value> vectors(p.begin() + 1, p.end());
      std::vector<Value> out{p[0] + 1.0};
      for (const Value& v : results(vectors, vectors.size(), 0, depth)) out.push_back(v);
      return out;
    });
    return while_loop(condition, body, state);
  }

  std::vector<Value> scanned(const std::vector<Value>& known, int depth) {
    const auto states = some(known, pick(1, 2)), constants = some(known, pick(0, 2));
    std::vector<Value> sequences;
    for (i64 n = pick(0, 1); n > 0; --n) sequences.push_back(detail::apply_to<Value>(Broadcast{{3, 2}}, {any(known)}));
    const std::vector<Type> types(states.size() + sequences.size() + constants.size(), kVector);
    const i64 more = pick(0, 2);
    const FunctionPtr body = function(types, [&](const auto& p) { return results(p, states.size(), more, depth); });
    std::vector<Value> out = scan(body, states, sequences, constants, chance(2), pick(0, 3));
    for (Value& v : out)
      if (v.rank() == 2) v = sum(v, {0});
    return out;
  }

  Rng rng_;
};

std::vector<Array> data_for(const Function& f, std::uint64_t seed) {
  Rng rng(seed, 1);
  std::vector<Array> data;
  for (const Value& p : f.parameters) {
    Array a(p.type());
    for (i64 k = 0; k < a.count(); ++k) a.set(k, 2 * rng.uniform() - 1);
    data.push_back(std::move(a));
  }
  return data;
}

TEST(ControlPasses, KeepEveryBitOfRandomPrograms) {
  const char* given = std::getenv("TENON_FUZZ");
  const int rounds = 600 * (given ? std::max(1, std::atoi(given)) : 1);
  const Passes passes = passes_of("fold_branches,prune_loops,hoist_invariants,fold_branches,prune_loops");
  PassOptions options;
  options.verify = true;
  std::map<std::string_view, int> changes;
  for (int round = 0; round < rounds; ++round) {
    const Function f = ControlDrawer(static_cast<std::uint64_t>(round)).draw();
    const auto data = data_for(f, static_cast<std::uint64_t>(round));
    const std::vector<Array> expected = interpret(f, data);
    run_passes(f, passes, options, [&](const PassRun& run, const Function& after) {
      changes[run.pass->name] += run.remarks.changes();
      const std::vector<Array> now = interpret(after, data);
      for (std::size_t k = 0; k < now.size(); ++k)
        ASSERT_TRUE(identical(now[k], expected[k])) << run.name << "\n" << to_text(f) << to_text(after);
    });
    if (HasFatalFailure()) return;
  }
  for (const auto& [name, count] : changes) EXPECT_GE(count, 50) << name;
}

}  // namespace
}  // namespace tenon
