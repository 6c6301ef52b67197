// The blocks of the documentation that are made from the sources are up to date.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace tenon::test {
namespace {

TEST(Docs, CodeAndOutputAreThoseOfTheSources) {
  std::string command = "python3 " TENON_SOURCE_DIR "/tools/update_docs --check --build " TENON_BINARY_DIR " 2>&1",
              text;
  FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  char piece[1024];
  while (std::fgets(piece, sizeof piece, pipe) != nullptr) text += piece;
  EXPECT_EQ(pclose(pipe), 0) << text;
}

}  // namespace
}  // namespace tenon::test
