// Runs every NAME_test.txt beside the passes: functions as text before and after.
#include "pass/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "autodiff/reverse.h"
#include "interpret/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "op/functions.h"
#include "tensor/array.h"

namespace tenon {
namespace {

struct TextCase {
  int line;
  std::string before, after;
};

std::vector<TextCase> read_cases(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<TextCase> cases;
  std::string* to = nullptr;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line == "== before") {
      cases.push_back({number, {}, {}});
      to = &cases.back().before;
    } else if (line == "== after") {
      to = &cases.back().after;
    } else if (to && !line.starts_with("#")) {
      *to += line + "\n";
    }
  }
  return cases;
}

Array filled(const Type& t, i64 salt) {
  Array a(t);
  for (i64 k = 0; k < a.count(); ++k) {
    i64 x = (k * 7 + salt * 5) % 11;
    a.set(k, is_float(t.dtype) ? Number(static_cast<double>(x - 5) / 4) : Number::of_int(x % 2));
  }
  return a;
}

/// Values agree to the rounding that fusing and reordering sums of a few small numbers may change.
void expect_close(const Function& f, const Function& g) {
  std::vector<Array> in;
  for (const Value& p : f.parameters) in.push_back(filled(p.type(), static_cast<i64>(in.size())));
  auto a = interpret(f, in), b = interpret(g, in);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t k = 0; k < a.size(); ++k)
    for (i64 i = 0; i < a[k].count(); ++i) EXPECT_NEAR(a[k].at(i).as_double(), b[k].at(i).as_double(), 1e-5);
}

TEST(Pass, TextTests) {
  std::filesystem::path folder = std::filesystem::path(TENON_SOURCE_DIR) / "src" / "pass";
  int ran = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::string name = entry.path().filename();
    if (!name.ends_with("_test.txt")) continue;
    const Pass& pass = find_pass(name.substr(0, name.size() - 9));
    for (const TextCase& c : read_cases(entry.path())) {
      SCOPED_TRACE(name + ":" + std::to_string(c.line));
      Remarks remarks;
      Function before = parse_function(c.before), got = run_pass(pass, before, remarks);
      verify(got);
      EXPECT_EQ(to_text(got), to_text(parse_function(c.after)));
      expect_close(before, got);
      ++ran;
    }
  }
  EXPECT_GE(ran, 6);
}

TEST(Pass, UnknownNamesListTheKnown) {
  try {
    find_pass("fold");
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("merge_equal"));
  }
}

// Each reads the one before twice: taken apart, the last would have 2^40 operands.
TEST(Passes, ConcatenationsThatDoubleStayFew) {
  const Value x(Node::parameter({DType::F32, {2}}), 0);
  Value doubled = x;
  for (int k = 0; k < 40; ++k) doubled = concatenate({doubled, doubled});
  const Function simple = run_passes({"f", {x}, {doubled}}, passes_of("simplify"));
  EXPECT_EQ(simple.results[0].shape(), doubled.shape());
  for (const Node* n : topological(simple.results)) EXPECT_LT(n->args().size(), 1000u);
}

// The gradient asks for the moments in the very words of the value: two means of each, after equal nodes are merged.
TEST(Passes, StatisticsOfANormalisationAreComputedOnceForValueAndGradient) {
  const Type row{DType::F32, {8, 4}}, parameter{DType::F32, {4}};
  const auto means = [&](const auto& normalised) {
    const std::vector<Value> in{Value(Node::parameter(row), 0), Value(Node::parameter(parameter), 0),
                                Value(Node::parameter(parameter), 0)};
    const Function f{"f", in, {sum(square(normalised(in[0], in[1], in[2])))}};
    const Function merged =
        run_passes(with_gradients(f, std::vector<std::size_t>{0, 1, 2}), passes_of("expand_composites,merge_equal"));
    return std::ranges::count_if(topological(merged.results), [](const Node* n) {
      return !n->is_parameter() && !n->is_settled() && n->op().name() == "mean";
    });
  };
  EXPECT_EQ(means([](auto& x, auto& scale, auto& bias) { return layer_norm(x, scale, bias); }), 4);
  EXPECT_EQ(means([](auto& x, auto& scale, auto& bias) { return batch_norm_training(x, scale, bias).y; }), 4);
}

}  // namespace
}  // namespace tenon
