// ONNX's own cases, each passed, or refused with a reason. TENON_ONNX_CASES=regex runs some of them and prints each.
#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>

#include "onnx/testing.h"

namespace tenon::onnx {
namespace {

using namespace testing;

struct Count {
  std::size_t cases = 0, passed = 0, wrong = 0;
};

/// Writes a line for each case that does not pass.
Count run_all(const std::vector<std::string>& kinds, std::string& report) {
  const char* wanted = std::getenv("TENON_ONNX_CASES");
  const std::regex only(wanted ? wanted : "");
  Count n;
  for (const std::string& kind : kinds)
    for (const std::string& name : cases_in(kind)) {
      if (!std::regex_search(name, only)) continue;
      const Outcome o = run_case(fmt::format("{}/{}/{}", kCases, kind, name));
      ++n.cases;
      n.passed += o.kind == Outcome::Kind::Passed;
      n.wrong += o.kind == Outcome::Kind::Wrong;
      if (o.kind != Outcome::Kind::Passed)
        report +=
            fmt::format("{} {}/{}: {}\n", o.kind == Outcome::Kind::Wrong ? "wrong" : "refused", kind, name, o.why);
    }
  return n;
}

void check(const std::string& title, const std::vector<std::string>& kinds, std::size_t least) {
  if (!fs::exists(kCases)) GTEST_SKIP() << kCases << " is missing; the package libonnx-testdata has it";
  std::string report;
  const Count n = run_all(kinds, report);
  report += fmt::format("{}: {} cases, {} passed, {} refused, {} wrong\n", title, n.cases, n.passed,
                        n.cases - n.passed - n.wrong, n.wrong);
  write_file_atomically(fmt::format("{}/onnx-{}.txt", TENON_BINARY_DIR, title), report);
  fmt::print("{}", report);
  EXPECT_EQ(n.wrong, 0u);
  if (std::getenv("TENON_ONNX_CASES") == nullptr) {
    EXPECT_GE(n.passed, least);
  }
}

TEST(Conformance, Nodes) { check("nodes", {"node"}, 924); }
TEST(Conformance, Others) { check("others", {"simple", "pytorch-converted", "pytorch-operator"}, 138); }

}  // namespace
}  // namespace tenon::onnx
