// Random compositions of three operators, drawn from the samples of all: compiled against interpreted, gradients
// against central differences.
#include <gtest/gtest.h>

#include <set>

#include "autodiff/reverse.h"
#include "expr/random_testing.h"
#include "op/random_testing.h"

namespace tenon {
namespace {

// Sanitized code is some ten times slower.
#if defined(__has_feature)
constexpr std::uint64_t kCompositions = __has_feature(address_sanitizer) ? 50 : 300;
#else
constexpr std::uint64_t kCompositions = 300;
#endif

std::uint64_t fuzz(std::uint64_t count) { return count * static_cast<std::uint64_t>(expr::testing::fuzz_factor()); }

/// By seed.
std::vector<std::pair<std::uint64_t, Composition>> compositions(bool all_f64, std::uint64_t count) {
  std::vector<std::pair<std::uint64_t, Composition>> list;
  for (std::uint64_t seed = 0; seed < count; ++seed)
    if (auto c = Composer(seed, all_f64).draw(3)) list.emplace_back(seed, std::move(*c));
  EXPECT_GE(list.size(), count * 9 / 10);
  return list;
}

/// Gradients of dot(results, seeds), over the float results, by the float parameters.
struct Gradient {
  std::vector<std::size_t> wrt, roots;
  std::vector<Array> seeds;
  Function f;  ///< gives the gradients

  explicit Gradient(const Composition& c) : f(c.f) {
    std::vector<Value> from, by, weights;
    for (std::size_t k = 0; k < c.f.parameters.size(); ++k)
      if (is_float(c.f.parameters[k].dtype()) && c.inputs[k].differentiable)
        wrt.push_back(k), by.push_back(c.f.parameters[k]);
    for (std::size_t k = 0; k < c.f.results.size(); ++k) {
      if (!is_float(c.f.results[k].dtype())) continue;
      roots.push_back(k), from.push_back(c.f.results[k]);
      seeds.push_back(random_like(c.f.results[k].type(), 20 + k));
      weights.emplace_back(Node::leaf(seeds.back()), 0);
    }
    f.results.clear();
    if (!roots.empty() && !wrt.empty()) f.results = gradients(from, by, weights);
  }
};

// Values are below 1e4 and fewer than 1000 per result: cancellation leaves 1e-16 * 1e4 * sqrt(1000) / h = 3e-6, and the
// truncation h^2 f''' / 6 less for third derivatives up to 1e4, which three operators after one another may exceed:
// there two steps give different slopes, as the two sides do at a kink, and nothing is said.
constexpr double kStep = 1e-5, kTolerance = 2e-5, kKink = 1e-2;

/// Dot(results, seeds) as far as `step` in the directions.
double along(const Composition& c, const Gradient& g, const std::vector<Array>& directions, double step) {
  std::vector<Array> in = c.data;
  for (std::size_t w = 0; w < g.wrt.size(); ++w) {
    Array& x = in[g.wrt[w]] = c.data[g.wrt[w]].clone();
    for (i64 k = 0; k < x.count(); ++k) x.set(k, x.at(k).as_double() + step * directions[w].at(k).as_double());
  }
  const auto results = interpret(c.f, in);
  double sum = 0;
  for (std::size_t r = 0; r < g.roots.size(); ++r) sum += dot(results[g.roots[r]], g.seeds[r]);
  return sum;
}

struct Counts {
  int compared = 0, rough = 0;
};

/// Compares gradients along two directions through all float parameters.
std::string fault_of_gradient(const Composition& c, Counts& counts) {
  try {
    const Gradient g(c);
    if (g.f.results.empty()) return "";
    const auto given = interpret(g.f, c.data);
    for (std::uint64_t direction = 0; direction < 2; ++direction) {
      std::vector<Array> directions;
      double mine = 0, scale = 1;
      for (std::size_t k = 0; k < given.size(); ++k) {
        directions.push_back(random_like(given[k].type(), 40 + 10 * direction + k));
        mine += dot(given[k], directions.back());
        scale = largest_magnitude(given[k], scale);
      }
      auto value = [&](double step) { return along(c, g, directions, step); };
      const double ahead = value(kStep), behind = value(-kStep), theirs = (ahead - behind) / (2 * kStep);
      ++counts.compared;
      if (std::abs(mine - theirs) <= kTolerance * scale) continue;
      const double shorter = (value(kStep / 4) - value(-kStep / 4)) / (kStep / 2);
      const bool rough = std::abs(theirs - shorter) > kTolerance / 10 * scale ||
                         std::abs(ahead + behind - 2 * value(0)) > kKink * kStep * scale;
      if (!rough) return fmt::format("the gradient gives the slope {}, differences {}", mine, theirs);
      ++counts.rough;
    }
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

bool has(const Function& f, std::string_view op) {
  const auto nodes = topological(f.results);
  return std::ranges::any_of(
      nodes, [&](const Node* n) { return !n->is_parameter() && !n->is_settled() && n->op().name() == op; });
}

TEST(Compositions, FaultsAreMadeSmall) {
  int found = 0;
  for (const auto& [seed, c] : compositions(true, kCompositions)) {
    for (std::string_view op : {"tanh", "matmul", "conv"}) {
      const CompositionFault fault = [&](const Composition& x) { return has(x.f, op) ? "it is there" : ""; };
      if (fault(c).empty()) continue;
      const Function small = CompositionShrinker(fault).run(c).f;
      EXPECT_LE(topological(small.results).size(), 1 + small.parameters.size()) << to_text(small);
      EXPECT_TRUE(small_fault(c, fault).starts_with("it is there\nfunc @main(")) << small_fault(c, fault);
      ++found;
    }
  }
  EXPECT_GT(found, 0);
}

TEST(Compositions, GradientsAgreeWithDifferences) {
  Counts counts;
  const CompositionFault fault = [&](const Composition& c) { return fault_of_gradient(c, counts); };
  for (const auto& [seed, c] : compositions(true, fuzz(3 * kCompositions))) {
    if (const std::string text = small_fault(c, fault); !text.empty()) ADD_FAILURE() << "seed " << seed << ": " << text;
  }
  RecordProperty("compared", counts.compared);
  EXPECT_GT(counts.compared, 100);
  EXPECT_LE(counts.rough * 20, counts.compared);
}

// Three operators, their gradients, and what adapts shapes between them: some ten roundings after one another, relative
// to the largest value on the way, since differences of large values may be small.
constexpr double kLooser = 10;

std::string fault_of_compiled(const Composition& c) {
  try {
    double largest = 1, coarsest = 0;
    auto see = [&](const Array& a) {
      largest = largest_magnitude(a, largest);
      coarsest = std::max(coarsest, compiled_tolerance(a.dtype()));
    };
    for (const Array& a : c.data) see(a);
    const auto expected = interpret(c.f, c.data, [&](const Node&, std::span<const Array> outputs) {
      for (const Array& a : outputs) see(a);
    });
    const auto given = executable(c.f, "test")->run(c.data);
    for (std::size_t k = 0; k < expected.size(); ++k) {
      const double looser = kLooser * largest * coarsest / compiled_tolerance(expected[k].dtype());
      if (const std::string fault = fault_of_value(given[k], expected[k], looser); !fault.empty())
        return fmt::format("result {}: {}", k, fault);
    }
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

/// Compiles many together, and what seems wrong alone.
void expect_the_interpreters_values(const std::vector<std::pair<std::uint64_t, Composition>>& all) {
  constexpr std::size_t kAtOnce = 30;
  for (std::size_t from = 0; from < all.size(); from += kAtOnce) {
    const std::vector parts(all.begin() + static_cast<std::ptrdiff_t>(from),
                            all.begin() + static_cast<std::ptrdiff_t>(std::min(from + kAtOnce, all.size())));
    Together together;
    for (const auto& [seed, c] : parts) together.add(c.f, fmt::format("seed {}", seed), c.inputs);
    std::set<std::size_t> suspects;
    try {
      for (const Together::Fault& fault : together.faults({1}, kLooser)) suspects.insert(fault.part);
    } catch (const std::exception&) {
      for (std::size_t k = 0; k < parts.size(); ++k) suspects.insert(k);
    }
    for (std::size_t k : suspects) {
      const auto& [seed, c] = parts[k];
      if (const std::string text = small_fault(c, fault_of_compiled); !text.empty())
        ADD_FAILURE() << "seed " << seed << ": " << text;
    }
  }
}

TEST(Compositions, GiveTheInterpretersValues) {
  auto all = compositions(true, fuzz(kCompositions));
  for (auto& [seed, c] : all) {
    const Gradient g(c);
    if (seed % 3 == 0 || g.f.results.empty()) continue;
    if (seed % 3 == 1) c.f.results.clear();
    c.f.results.insert(c.f.results.end(), g.f.results.begin(), g.f.results.end());
  }
  expect_the_interpreters_values(all);
}

TEST(Compositions, GiveTheInterpretersValuesInAllTypes) {
  expect_the_interpreters_values(compositions(false, fuzz(kCompositions / 2)));
}

}  // namespace
}  // namespace tenon
