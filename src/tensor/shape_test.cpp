#include "tensor/shape.h"

#include <gmock/gmock.h>

#include "base/test_folder.h"

namespace tenon {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Shape, CountsElements) {
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({2, 3, 4}), 24);
  i64 large = i64{1} << 40;
  EXPECT_EQ(element_count({large, large, 0}), 0);
  EXPECT_THAT(error_of([&] { element_count({large, large}); }), HasSubstr("more elements than 64 bits"));
  EXPECT_THAT(error_of([&] { element_count({2, -1}); }), AllOf(HasSubstr("[2,-1]"), HasSubstr("negative")));
  EXPECT_THAT(error_of([&] { element_count({0, -1}); }), HasSubstr("negative"));
}

TEST(Shape, StridesAreRowMajor) {
  EXPECT_EQ(contiguous_strides({2, 3, 4}), (Ints{12, 4, 1}));
  EXPECT_EQ(contiguous_strides({}), Ints{});
}

TEST(Shape, Broadcasts) {
  EXPECT_EQ(broadcast_shapes({2, 1, 4}, {3, 1}), (Shape{2, 3, 4}));
  EXPECT_EQ(broadcast_shapes({}, {5}), (Shape{5}));
  EXPECT_EQ(broadcast_shapes({0}, {1}), (Shape{0}));
  EXPECT_THAT(error_of([] { broadcast_shapes({2, 3}, {4, 3}); }),
              HasSubstr("[2,3] and [4,3] cannot be broadcast together: 2 against 4 in axis -2"));
  EXPECT_THAT(error_of([] { broadcast_shapes({5}, {2, 3}); }),
              HasSubstr("[5] and [2,3] cannot be broadcast together: 5 against 3"));
}

TEST(Shape, NormalisesAxes) {
  EXPECT_EQ(normal_axis(-1, 3), 2);
  EXPECT_EQ(normal_axis(0, 3), 0);
  EXPECT_EQ(error_of([] { normal_axis(3, 2); }), "axis 3 is out of range for rank 2 (-2 to 1)");
  EXPECT_THAT(error_of([] { normal_axis(-3, 2); }), HasSubstr("out of range"));
  EXPECT_THAT(error_of([] { normal_axis(0, 0); }), HasSubstr("scalar"));
}

TEST(Shape, Text) {
  EXPECT_EQ(to_string(Shape{}), "[]");
  EXPECT_EQ(to_string(Type{DType::BF16, {2, 3}}), "bf16[2,3]");
  EXPECT_EQ(fmt::format("{} {}", Shape{7}, DType::I8), "[7] i8");
}

}  // namespace
}  // namespace tenon
