#include "tensor/layout.h"

#include <gtest/gtest.h>

namespace tenon {
namespace {

Array counted(Shape shape) {
  Array a(DType::F32, std::move(shape));
  for (i64 k = 0; k < a.count(); ++k) a.set(k, Number(static_cast<double>(k)));
  return a;
}

/// The element at every place of a layout, found digit by digit.
void expect_stored(const Array& a, const Layout& layout) {
  const Array stored = stored_as(a, layout);
  const Ints extents = extents_of(layout, a.shape());
  i64 count = 1;
  for (i64 e : extents) count *= e;
  ASSERT_EQ(stored.count(), count);
  for (i64 place = 0; place < count; ++place) {
    std::vector<i64> at(a.shape().size(), 0);
    i64 left = place;
    for (std::size_t k = extents.size(); k-- > 0; left /= extents[k])
      at[static_cast<std::size_t>(layout.digits[k].dimension)] += left % extents[k] * layout.digits[k].radix;
    i64 position = 0;
    bool inside = true;
    for (std::size_t d = 0; d < at.size(); ++d)
      position = position * i64(a.shape()[d]) + at[d], inside &= at[d] < i64(a.shape()[d]);
    EXPECT_EQ(stored.at(place).as_double(), inside ? a.at(position).as_double() : 0) << "place " << place;
  }
}

TEST(Layout, PanelsOfColumnsAreFilledUpWithZeros) {
  const Array a = counted({3, 5});
  const Array stored = stored_as(a, {{{1, 2}, {0, 1}, {1, 1}}});
  const double want[] = {0, 1, 5, 6, 10, 11, 2, 3, 7, 8, 12, 13, 4, 0, 9, 0, 14, 0};
  ASSERT_EQ(stored.count(), 18);
  for (i64 k = 0; k < 18; ++k) EXPECT_EQ(stored.at(k).as_double(), want[k]) << k;
}

TEST(Layout, EveryElementStandsWhereItsDigitsSay) {
  for (Shape shape : {Shape{3, 5}, Shape{8, 8}, Shape{1, 9}, Shape{7, 1}}) {
    const Array a = counted(shape);
    expect_stored(a, {{{1, 4}, {0, 1}, {1, 1}}});
    expect_stored(a, {{{0, 4}, {1, 1}, {0, 1}}});
    expect_stored(a, {{{1, 4}, {0, 2}, {1, 1}, {0, 1}}});
    expect_stored(a, {{{1, 6}, {0, 1}, {1, 3}, {1, 1}}});
  }
  expect_stored(counted({2, 3, 4}), {{{2, 2}, {0, 1}, {1, 2}, {2, 1}, {1, 1}}});
  expect_stored(counted({4, 6}).transposed({1, 0}), {{{1, 3}, {0, 1}, {1, 1}}});
}

TEST(Layout, RefusesDigitsThatMissValues) {
  const Shape shape{4, 6};
  EXPECT_THROW(extents_of({{{1, 2}, {0, 1}}}, shape), InternalError);
  EXPECT_THROW(extents_of({{{1, 4}, {1, 3}, {1, 1}, {0, 1}}}, shape), InternalError);
  EXPECT_THROW(extents_of({{{2, 1}, {1, 1}, {0, 1}}}, shape), InternalError);
}

}  // namespace
}  // namespace tenon
