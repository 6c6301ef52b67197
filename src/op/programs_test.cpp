// Random programs of all operators, by the interpreter, compiled plainly and optimised.
#include "op/programs_testing.h"

#include <gtest/gtest.h>

#include <set>

#include "expr/random_testing.h"

namespace tenon {
namespace {

// Sanitized code is some ten times slower.
#if defined(__has_feature)
constexpr std::uint64_t kPrograms = __has_feature(address_sanitizer) ? 30 : 400;
#else
constexpr std::uint64_t kPrograms = 400;
#endif

TEST(RandomPrograms, GiveTheInterpretersValuesWithAndWithoutOptimisation) {
  const std::uint64_t count = kPrograms * static_cast<std::uint64_t>(expr::testing::fuzz_factor());
  std::uint64_t ran = 0;
  std::set<std::string_view> operators;
  bool empty = false;
  for (std::uint64_t seed = 1000; seed < 1000 + count; ++seed) {
    const auto c = random_program(seed);
    if (!c) continue;
    ++ran;
    for (const Node* n : topological(c->f.results)) {
      for (const Type& t : n->types()) empty |= element_count(t.shape) == 0;
      if (!n->is_parameter() && !n->is_settled()) operators.insert(n->op().name());
    }
    if (const std::string text = small_fault(*c, fault_of_program); !text.empty())
      ADD_FAILURE() << "seed " << seed << ": " << text;
  }
  EXPECT_GE(ran, count * 8 / 10);
  RecordProperty("programs", static_cast<int>(ran));
  RecordProperty("operators", static_cast<int>(operators.size()));
  if (count < 300) return;
  EXPECT_TRUE(empty) << "tensors without elements are tried";
  EXPECT_GE(operators.size(), 150u);
  for (std::string_view name : {"if", "while", "scan"}) EXPECT_TRUE(operators.contains(name)) << name;
}

}  // namespace
}  // namespace tenon
