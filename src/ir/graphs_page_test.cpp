// The examples of docs/graphs.md are true.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "ir/text.h"
#include "ir/verify.h"

namespace tenon {
namespace {

// The ```language blocks of the page.
std::vector<std::string> blocks(std::string_view language) {
  std::ifstream file(TENON_SOURCE_DIR "/docs/graphs.md");
  EXPECT_TRUE(file.good());
  std::vector<std::string> found;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == fmt::format("```{}", language)) {
      inside = true;
      found.emplace_back();
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      found.back() += line + "\n";
    }
  }
  return found;
}

std::string error_of(std::string_view text) {
  try {
    parse_function(text);
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

TEST(GraphsPage, FunctionsPrintAsTheyStandThere) {
  std::vector<std::string> functions = blocks("text");
  EXPECT_EQ(functions.size(), 5u);
  for (const std::string& text : functions) {
    Function f = parse_function(text);
    verify(f);
    EXPECT_EQ(to_text(f), text);
  }
}

TEST(GraphsPage, MistakesAreReportedAsItSays) {
  std::string text = blocks("text").at(0);
  auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return error_of(changed) + "\n";
  };
  std::string reports = with("transpose(%1) {permutation=[1,0]}", "matmull(%1, %1)") +
                        with("f32[128,10]\n", "f32[128,12]\n") + with("return %3", "return %7");
  EXPECT_EQ(blocks("console").at(0), reports);
}

TEST(GraphsPage, ShowsEveryElementType) {
  for (DType t : kAllDTypes) {
    EXPECT_THAT(blocks("ebnf").at(0), ::testing::HasSubstr(fmt::format("\"{}\"", name_of(t))));
  }
}

}  // namespace
}  // namespace tenon
