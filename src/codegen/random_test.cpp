// Random expressions, their gradients and phases: compiled code against the evaluator.
#include "codegen/testing.h"
#include "expr/random_testing.h"

namespace tenon::codegen {
namespace {

using expr::Expr;
using expr::testing::Generator;
using testing::Runner;

constexpr double kTolerance = 1e-9;  // sums of a few dozen products and functions of order 1 to 100, in f64

std::string compiled_fault(const Expr& e, const std::vector<Array>& inputs) try {
  Runner r(e);
  Array got = r.run(inputs), want = expr::evaluate(e, inputs);
  if (r.status != 0) return "a position is out of range: " + expr::to_text(e);
  if (testing::relative_error(got, want, 1) > kTolerance)
    return fmt::format("{}: {}\n{}\nexpected {}", r.info.schedule, expr::to_text(e), to_string(got), to_string(want));
  return identical(got, r.run(inputs, 3)) ? "" : "parts of the range differ: " + expr::to_text(e);
} catch (const InternalError& error) {
  return fmt::format("{}: {}", expr::to_text(e), error.what());
}

TEST(RandomKernels, AgreeWithTheEvaluator) {
  for (int k = 0; k < 25 * expr::testing::fuzz_factor(); ++k) {
    auto seed = static_cast<std::uint64_t>(k);
    auto property = [&](const Expr& e) {
      Generator g(seed + 1);
      auto inputs = g.arrays(e);
      std::string fault = compiled_fault(e, inputs);
      inputs.push_back(g.array(e.type()));
      for (const expr::GradientTerm& t : expr::gradient(e, 0)) {
        if (!fault.empty() || t.reads_operand(4) || t.reads_operand(5)) continue;
        Expr term = expr::renumber_operands(t.e, {0, 1, 2, 3, -1, -1});
        fault = compiled_fault(term, inputs);
        std::vector<Array> values;
        auto parts = expr::phases(term);
        for (const expr::Phase& p : parts) {
          if (fault.empty()) fault = compiled_fault(p.e, inputs);
          values.push_back(expr::evaluate(p.e, inputs));
        }
        if (fault.empty() && !parts.empty()) fault = compiled_fault(expr::interleave(term, parts), values);
      }
      return fault;
    };
    ASSERT_EQ(expr::testing::fault_of(Generator(seed).expression(), property), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace tenon::codegen
