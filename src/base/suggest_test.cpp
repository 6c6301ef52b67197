#include "base/suggest.h"

#include <gtest/gtest.h>

namespace tenon {
namespace {

TEST(EditDistance, CountsSteps) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", "abc"), 0u);
  EXPECT_EQ(edit_distance("matmlu", "matmul"), 1u) << "neighbours swapped";
  EXPECT_EQ(edit_distance("ca", "abc"), 3u) << "a swapped pair is not edited again";
}

TEST(Suggestion, NamesWhatIsNear) {
  const std::string_view known[] = {"matmul", "mul", "relu", "reshape", "log_softmax"};
  EXPECT_EQ(suggestion("matmull", known), "; did you mean matmul?");
  EXPECT_EQ(suggestion("res", known), "; did you mean reshape?");
  EXPECT_EQ(suggestion("mu", known), "; did you mean mul?");
  EXPECT_EQ(suggestion("convolution", known), "");
  EXPECT_EQ(suggestion("", known), "");
  EXPECT_EQ(suggestion(std::string(1000, 'x'), known), "");
}

}  // namespace
}  // namespace tenon
