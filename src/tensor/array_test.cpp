#include "tensor/array.h"

#include <gmock/gmock.h>

#include <numeric>
#include <vector>

#include "base/rng.h"
#include "base/test_folder.h"

namespace tenon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Array counting(Shape shape) {
  Array a(DType::I32, std::move(shape));
  auto values = a.values<std::int32_t>();
  std::iota(values.begin(), values.end(), 0);
  return a;
}

std::vector<i64> elements(const Array& a) {
  std::vector<i64> list;
  for (i64 k = 0; k < a.count(); ++k) list.push_back(a.at(k).as_int());
  return list;
}

TEST(Array, MadeFromValues) {
  Array a = Array::from<float>({1, 2, 3, 4}, {2, 2});
  EXPECT_EQ(to_string(a.type()), "f32[2,2]");
  EXPECT_THAT(a.values<float>(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(Array::from<bool>({true, false}, {2}).values<bool>(), ElementsAre(true, false));
  EXPECT_THAT(error_of([] { Array::from<float>({1, 2, 3}, {2, 2}); }), HasSubstr("3 values do not fill f32[2,2]"));
  EXPECT_EQ(Array::scalar(2.5, DType::BF16).at(0), Number(2.5));
  EXPECT_EQ(elements(Array::full({DType::I16, {3}}, Number::of_int(-7))), (std::vector<i64>{-7, -7, -7}));
  EXPECT_FALSE(Array().defined());
}

TEST(Array, ValuesCheckTypeAndLayout) {
  Array a = counting({2, 3});
  EXPECT_THAT(error_of([&] { a.values<float>(); }), HasSubstr("i32[2,3]"));
  EXPECT_THAT(error_of([&] { a.transposed({1, 0}).values<std::int32_t>(); }), HasSubstr("to_contiguous"));
  EXPECT_THAT(error_of([] { Array().values<float>(); }), HasSubstr("undefined"));
  EXPECT_THAT(Array::full({DType::F16, {2}}, 1.0).values<std::uint16_t>(), ElementsAre(0x3C00, 0x3C00));
  EXPECT_THAT(Array::full({DType::BF16, {1}}, 1.0).values<std::uint16_t>(), ElementsAre(0x3F80));
}

TEST(Array, CopiesShareAndClonesDoNot) {
  Array a = counting({3}), shared = a, cloned = a.clone();
  shared.set(1, Number::of_int(9));
  EXPECT_EQ(elements(a), (std::vector<i64>{0, 9, 2}));
  EXPECT_EQ(elements(cloned), (std::vector<i64>{0, 1, 2}));
}

TEST(Array, TransposesAsAView) {
  Array t = counting({2, 3}).transposed({1, 0});
  EXPECT_EQ(t.shape(), (Shape{3, 2}));
  EXPECT_FALSE(t.contiguous());
  EXPECT_EQ(elements(t), (std::vector<i64>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(elements(t.to_contiguous()), elements(t));
  EXPECT_TRUE(t.to_contiguous().contiguous());
  EXPECT_THAT(error_of([&] { t.transposed({0, 0}); }), HasSubstr("axis 0 twice"));
  EXPECT_THAT(error_of([&] { t.transposed({0}); }), HasSubstr("2 axes"));
}

TEST(Array, SlicesWithSteps) {
  Array a = counting({2, 5});
  EXPECT_EQ(elements(a.sliced(1, 1, 5, 2)), (std::vector<i64>{1, 3, 6, 8}));
  EXPECT_EQ(elements(a.sliced(1, 4, -1, -2)), (std::vector<i64>{4, 2, 0, 9, 7, 5}));
  EXPECT_EQ(elements(a.sliced(-1, 0, 5).sliced(0, 1, 2)), (std::vector<i64>{5, 6, 7, 8, 9}));
  EXPECT_EQ(a.sliced(1, 2, 2).shape(), (Shape{2, 0}));
  EXPECT_EQ(a.sliced(1, 5, 5).count(), 0);
  EXPECT_EQ(elements(a.sliced(1, 3, -1, std::numeric_limits<i64>::min())), (std::vector<i64>{3, 8}));
  EXPECT_THAT(error_of([&] { a.sliced(1, 0, 6); }), HasSubstr("0:6:1 is out of range for axis 1 of i32[2,5]"));
  EXPECT_THAT(error_of([&] { a.sliced(1, 0, 5, 0); }), HasSubstr("step 0"));
  EXPECT_THAT(error_of([&] { a.sliced(2, 0, 1); }), HasSubstr("axis 2"));
}

TEST(Array, BroadcastsWithoutCopying) {
  Array b = counting({3, 1}).broadcast_to({2, 3, 2});
  EXPECT_EQ(b.strides(), (Ints{0, 1, 0}));
  EXPECT_EQ(elements(b), (std::vector<i64>{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(elements(b.clone()), elements(b));
  EXPECT_THAT(error_of([] { counting({3}).broadcast_to({2}); }), HasSubstr("broadcast"));
  EXPECT_THAT(error_of([] { counting({3}).broadcast_to({1}); }), HasSubstr("cannot be broadcast to [1]"));
}

TEST(Array, ReshapesAsAViewWherePossible) {
  Array a = counting({4, 6});
  EXPECT_EQ(a.reshaped({2, 2, 6}).storage(), a.storage());
  Array columns = a.sliced(1, 0, 3);  // strides 6 and 1
  Array split = columns.reshaped({2, 2, 3, 1});
  EXPECT_EQ(split.storage(), a.storage());
  EXPECT_EQ(elements(split), elements(columns));
  Array joined = columns.reshaped({12});
  EXPECT_NE(joined.storage(), a.storage());
  EXPECT_EQ(elements(joined), elements(columns));
  EXPECT_EQ(Array(DType::F32, {0, 3}).reshaped({5, 0}).shape(), (Shape{5, 0}));
  EXPECT_THAT(error_of([&] { a.reshaped({5, 5}); }), HasSubstr("i32[4,6] (24 elements) cannot be reshaped to [5,5]"));
}

// Any chain of views followed by any reshape keeps the elements in row-major order.
TEST(Array, RandomViewsKeepTheirElements) {
  Rng rng(11);
  for (int round = 0; round < 500; ++round) {
    Array a = counting({4, 3, 6});
    std::vector<i64> expected;
    for (int step = 0; step < 3; ++step) {
      i64 axis = static_cast<i64>(rng.below(3));
      switch (rng.below(3)) {
        case 0: a = a.transposed(step % 2 ? Ints{2, 0, 1} : Ints{1, 0, 2}); break;
        case 1: a = a.sliced(axis, a.dim(axis) - 1, -1, -1); break;
        default: a = a.sliced(axis, 0, a.dim(axis), 2); break;
      }
    }
    expected = elements(a);
    Array clone = a.clone();
    EXPECT_EQ(elements(clone), expected);
    EXPECT_TRUE(identical(clone, a));
    EXPECT_EQ(elements(a.reshaped({a.count()})), expected);
    EXPECT_EQ(elements(a.reshaped({a.dim(0), a.dim(1) * a.dim(2)})), expected);
    EXPECT_EQ(elements(a.reshaped({a.dim(0) * a.dim(1), 1, a.dim(2)})), expected);
  }
}

TEST(Array, CastsByRounding) {
  Array a = Array::from<double>({-1.5, 300, 0.1}, {3});
  EXPECT_EQ(elements(a.cast(DType::U8)), (std::vector<i64>{0, 255, 0}));
  EXPECT_THAT(a.cast(DType::Bool).values<bool>(), ElementsAre(true, true, true));
  EXPECT_THAT(a.cast(DType::F32).values<float>(), ElementsAre(-1.5f, 300.f, 0.1f));
  EXPECT_THAT(a.cast(DType::F16).values<std::uint16_t>(), ElementsAre(0xBE00, 0x5CB0, 0x2E66));
}

TEST(Array, ViewsThatLeaveTheirStorageAreErrors) {
  auto storage = Storage::allocate(40);
  EXPECT_NO_THROW(Array(storage, {DType::I32, {2, 5}}, {5, 1}));
  EXPECT_NO_THROW(Array(storage, {DType::I32, {10}}, {-1}, 9));
  EXPECT_THAT(error_of([&] { Array(storage, {DType::I32, {11}}, {1}); }), HasSubstr("outside its 40 bytes"));
  EXPECT_THAT(error_of([&] { Array(storage, {DType::I32, {2}}, {-1}); }), HasSubstr("outside"));
  EXPECT_THAT(error_of([&] { Array(storage, {DType::I32, {2}}, {std::numeric_limits<i64>::max()}, 9); }),
              HasSubstr("outside"));
  EXPECT_THAT(error_of([&] { Array(storage, {DType::I32, {2}}, {}); }), HasSubstr("strides"));
}

TEST(Array, ElementsOutOfRangeAreErrors) {
  Array a = counting({2, 2});
  EXPECT_THAT(error_of([&] { a.at(4); }), HasSubstr("element 4 is out of range"));
  EXPECT_THAT(error_of([&] { a.set(-1, 0.0); }), HasSubstr("element -1"));
  EXPECT_THAT(error_of([] { Array(DType::F64, {i64{1} << 61}); }), HasSubstr("does not fit"));
}

TEST(Array, IdenticalComparesTypesAndBits) {
  Array a = Array::from<float>({0.0f, NAN}, {2}), b = a.clone();
  EXPECT_TRUE(identical(a, b));
  b.set(0, -0.0);
  EXPECT_FALSE(identical(a, b));
  EXPECT_FALSE(identical(a, a.reshaped({1, 2})));
  EXPECT_FALSE(identical(a, Array()));
  EXPECT_TRUE(identical(counting({2, 2}).transposed({1, 0}).transposed({1, 0}), counting({2, 2})));
}

TEST(Array, Text) {
  EXPECT_EQ(to_string(Array::scalar(0.1, DType::F32)), "f32[] 0.1");
  EXPECT_EQ(to_string(Array::from<bool>({true, false}, {2})), "bool[2] [true, false]");
  EXPECT_EQ(to_string(counting({2, 2})), "i32[2,2]\n[[0, 1],\n [2, 3]]");
  EXPECT_EQ(to_string(Array(DType::F32, {0})), "f32[0] (empty)");
  EXPECT_EQ(to_string(counting({2000})), "i32[2000] [0, 1, 2, …, 1997, 1998, 1999]");
  EXPECT_EQ(to_string(Array()), "undefined");
}

}  // namespace
}  // namespace tenon
