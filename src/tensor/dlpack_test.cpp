#include "tensor/dlpack.h"

#include <gmock/gmock.h>

#include <cstddef>

#include "base/test_folder.h"

namespace tenon::dlpack {
namespace {

using testing::HasSubstr;

// Offsets on a 64-bit machine, as the C struct of the specification lays them out.
TEST(Dlpack, LayoutIsThatOfTheSpecification) {
  EXPECT_EQ(offsetof(Tensor, device), 8u);
  EXPECT_EQ(offsetof(Tensor, ndim), 16u);
  EXPECT_EQ(offsetof(Tensor, dtype), 20u);
  EXPECT_EQ(offsetof(Tensor, shape), 24u);
  EXPECT_EQ(offsetof(Tensor, strides), 32u);
  EXPECT_EQ(offsetof(Tensor, byte_offset), 40u);
  EXPECT_EQ(offsetof(ManagedTensor, manager_context), 48u);
  EXPECT_EQ(offsetof(ManagedTensor, deleter), 56u);
}

TEST(Dlpack, EveryTypeAndLayoutComesBackSharingMemory) {
  for (DType t : kAllDTypes) {
    if (value_bits_of(t) < 8) continue;
    Array whole(t, {3, 4});
    for (i64 k = 0; k < 12; ++k) whole.set(k, Number::of_int(k));
    for (const Array& a : {whole, whole.transposed({1, 0}), whole.sliced(0, 2, -1, -1), whole.sliced(1, 1, 4, 2),
                           whole.broadcast_to({2, 3, 4}), whole.sliced(0, 1, 1)}) {
      Array back = import_array(export_array(a));
      EXPECT_TRUE(identical(a, back)) << name_of(t);
      EXPECT_TRUE(a.count() == 0 || back.raw() == a.raw());
    }
  }
}

TEST(Dlpack, FloatsOf8BitsHaveTheirCodesAndPackedIntegersAreRefused) {
  EXPECT_EQ(data_type_of(DType::F8E4M3FN).code, 10);
  EXPECT_EQ(data_type_of(DType::F8E4M3FNUZ).code, 11);
  EXPECT_EQ(data_type_of(DType::F8E5M2).code, 12);
  EXPECT_EQ(data_type_of(DType::F8E5M2FNUZ).code, 13);
  EXPECT_EQ(dtype_of({12, 8, 1}), DType::F8E5M2);
  EXPECT_EQ(dtype_of({0, 8, 1}), DType::I8);
  EXPECT_EQ(dtype_of({1, 8, 1}), DType::U8);
  EXPECT_THAT(error_of([] { export_array(Array(DType::U4, {2})); }), HasSubstr("u4 cannot be exchanged"));
  EXPECT_THAT(error_of([] { dtype_of({0, 4, 1}); }), HasSubstr("4-bit signed integer"));
}

TEST(Dlpack, ExportKeepsTheStorageAlive) {
  i64 before = memory_use().live;
  ManagedTensor* managed = export_array(Array::full({DType::F32, {4}}, 2.0));
  EXPECT_EQ(static_cast<float*>(managed->tensor.data)[3], 2.0f);
  EXPECT_GT(memory_use().live, before);
  managed->deleter(managed);
  EXPECT_EQ(memory_use().live, before);
}

struct Foreign {
  float data[6] = {0, 1, 2, 3, 4, 5};
  std::int64_t shape[2] = {2, 2};
  int deleted = 0;
  ManagedTensor managed{{data, {1, 0}, 2, {2, 32, 1}, shape, nullptr, 8}, this, [](ManagedTensor* self) {
                          ++static_cast<Foreign*>(self->manager_context)->deleted;
                        }};
};

TEST(Dlpack, ImportsForeignMemoryWithOffsetAndWithoutStrides) {
  Foreign foreign;
  {
    Array a = import_array(&foreign.managed);
    EXPECT_THAT(a.values<float>(), testing::ElementsAre(2, 3, 4, 5));
    a.set(0, 9.0);
    EXPECT_EQ(foreign.deleted, 0);
  }
  EXPECT_EQ(foreign.deleted, 1);
  EXPECT_EQ(foreign.data[2], 9);
}

TEST(Dlpack, RefusesWhatCannotBeRepresentedAndLeavesIt) {
  auto error_after = [](auto change) {
    Foreign foreign;
    change(foreign.managed.tensor);
    std::string error = error_of([&] { import_array(&foreign.managed); });
    EXPECT_EQ(foreign.deleted, 0);
    return error;
  };
  EXPECT_THAT(error_after([](Tensor& t) { t.device.type = 2; }), HasSubstr("device type 2"));
  EXPECT_THAT(error_after([](Tensor& t) { t.dtype.lanes = 4; }), HasSubstr("4 lanes"));
  EXPECT_THAT(error_after([](Tensor& t) { t.dtype = {5, 64, 1}; }), HasSubstr("64-bit complex"));
  EXPECT_THAT(error_after([](Tensor& t) { t.dtype = {1, 128, 1}; }), HasSubstr("128-bit unsigned integer"));
  EXPECT_THAT(error_after([](Tensor& t) { t.dtype = {77, 8, 1}; }), HasSubstr("type code 77"));
  EXPECT_THAT(error_after([](Tensor& t) { t.ndim = -1; }), HasSubstr("no valid shape"));
  EXPECT_THAT(error_after([](Tensor& t) { t.data = nullptr; }), HasSubstr("no data"));
  EXPECT_THAT(error_after([](Tensor& t) { t.byte_offset = 2; }), HasSubstr("not aligned"));
  EXPECT_THAT(error_after([](Tensor& t) { t.shape[0] = -3; }), HasSubstr("negative"));
  std::int64_t strides[2] = {std::numeric_limits<i64>::max(), 1};
  EXPECT_THAT(error_after([&](Tensor& t) { t.strides = strides, t.shape[0] = 3; }), HasSubstr("does not fit"));
  EXPECT_THAT(error_of([] { import_array(nullptr); }), HasSubstr("no DLPack tensor"));
  EXPECT_THAT(error_of([] { export_array(Array()); }), HasSubstr("undefined"));
}

}  // namespace
}  // namespace tenon::dlpack
