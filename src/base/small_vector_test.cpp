#include "base/small_vector.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace tenon {
namespace {

using Strings = SmallVector<std::string, 2>;

TEST(SmallVector, GrowsBeyondItsOwnSpace) {
  Strings v{"a", "b"};
  v.push_back(v[0]);
  v.push_back(v.back());
  EXPECT_EQ(v, (Strings{"a", "b", "a", "a"}));
  EXPECT_LT((Strings{"a"}), v);
}

TEST(SmallVector, CopiesAndMoves) {
  for (std::size_t size : {1u, 5u}) {
    Strings v(size, "text that is too long for the string's own space");
    Strings copy = v, moved = std::move(v);
    EXPECT_TRUE(v.empty());
    EXPECT_EQ(copy, moved);
    copy = Strings{"x"};
    moved = copy;
    moved = std::move(copy);
    EXPECT_EQ(moved, Strings{"x"});
  }
}

TEST(SmallVector, InsertsAndErases) {
  SmallVector<int, 2> v{1, 3};
  v.insert(v.begin() + 1, 2);
  v.insert(v.end(), 4);
  EXPECT_EQ(v, (SmallVector<int, 2>{1, 2, 3, 4}));
  v.erase(v.begin());
  EXPECT_EQ(erase_if(v, [](int x) { return x == 3; }), 1u);
  EXPECT_EQ(v, (SmallVector<int, 2>{2, 4}));
}

TEST(SmallVector, HoldsTypesThatOnlyMove) {
  SmallVector<std::unique_ptr<int>, 1> v;
  for (int k = 0; k < 5; ++k) v.push_back(std::make_unique<int>(k));
  EXPECT_EQ(*v[4], 4);
}

}  // namespace
}  // namespace tenon
