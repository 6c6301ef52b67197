// Floats of 8 bits and integers of 4 in ONNX's files; what is computed of them is in testdata/cases.
#include <gmock/gmock.h>

#include "base/error_of.h"
#include "onnx/export.h"
#include "onnx/session.h"
#include "onnx/tensors.h"
#include "op/functions.h"

namespace tenon::onnx {
namespace {

using ::testing::HasSubstr;

pb::TensorProto tensor_of(std::int32_t type, i64 count) {
  pb::TensorProto t;
  t.set_data_type(type);
  t.add_dims(count);
  return t;
}

Array read(const pb::TensorProto& t) { return array_of(t, "", "tensor"); }

constexpr std::int32_t kUint4 = 21, kInt4 = 22, kFloat8E5M2 = 19;

TEST(NarrowTensors, IntegersOf4BitsArePackedFromTheLowHalfOn) {
  const Array u4 = Array::from<std::uint8_t>({1, 15, 8}, {3}).cast(DType::U4);
  const Array i4 = Array::from<std::int8_t>({-8, 7, -1, 3}, {2, 2}).cast(DType::I4);
  EXPECT_EQ(proto_of(u4, "u").raw_data(), "\xF1\x08");
  EXPECT_EQ(proto_of(i4, "i").raw_data(), "\x78\x3F");
  for (const Array& a : {u4, i4, Array(DType::U4, {0})}) EXPECT_TRUE(identical(read(proto_of(a, "")), a));
  pb::TensorProto typed = tensor_of(kInt4, 3);
  typed.add_int32_data(0x78), typed.add_int32_data(0x0F);
  EXPECT_TRUE(identical(read(typed), Array::from<std::int8_t>({-8, 7, -1}, {3}).cast(DType::I4)));
}

TEST(NarrowTensors, FloatsOf8BitsAreTheirCodes) {
  pb::TensorProto typed = tensor_of(kFloat8E5M2, 2);
  typed.add_int32_data(0x3C), typed.add_int32_data(0xFC);
  const Array expected = Array::from<float>({1, -INFINITY}, {2}).cast(DType::F8E5M2);
  EXPECT_TRUE(identical(read(typed), expected));
  EXPECT_EQ(proto_of(expected, "").raw_data(), "\x3C\xFC");
}

TEST(NarrowTensors, WrongCountsAreErrors) {
  pb::TensorProto raw = tensor_of(kUint4, 3);
  raw.set_raw_data("abc");
  EXPECT_THAT(error_of([&] { read(raw); }), HasSubstr("3 bytes of data, but u4[3] takes 2"));
  pb::TensorProto typed = tensor_of(kUint4, 5);
  typed.add_int32_data(1);
  EXPECT_THAT(error_of([&] { read(typed); }), HasSubstr("1 elements are given"));
  EXPECT_THAT(error_of([] { read(tensor_of(23, 1)); }), HasSubstr("element type FLOAT4E2M1 is not supported"));
}

TEST(NarrowExport, NeedsTheOpsetThatHasTheType) {
  const auto attempt = [](DType t, i64 opset) {
    const Value x(Node::parameter({DType::F32, {4}}, "x"), 0);
    return error_of([&] { export_model({"main", {x}, {cast(x, t)}}, {opset}); });
  };
  EXPECT_THAT(attempt(DType::F8E4M3FN, 17),
              HasSubstr("element type f8e4m3fn came with opset 19, and opset 17 is written"));
  EXPECT_THAT(attempt(DType::I4, 19), HasSubstr("came with opset 21"));
  EXPECT_EQ(attempt(DType::F8E4M3FN, 19), "");
  EXPECT_EQ(attempt(DType::I4, 21), "");
}

// Casts do not saturate here, so they must not there.
TEST(NarrowExport, CastsComeBackTheSame) {
  const Value x(Node::parameter({DType::F32, {5}}, "x"), 0);
  const Value open = cast(x, DType::F8E4M3FN), closed = cast(clip(x, -448, 448), DType::F8E4M3FN);
  const Session session(Model::parse(export_model({"main", {x}, {open, closed}}, {19}).SerializeAsString()));
  const Array in = Array::from<float>({1.1f, 1000, -INFINITY, NAN, -0.0f}, {5});
  const std::vector<Array> out = session.run(std::vector<Array>{in});
  EXPECT_TRUE(identical(out[0], in.cast(DType::F8E4M3FN)));
  EXPECT_TRUE(identical(out[1], Array::from<float>({1.1f, 448, -448, NAN, -0.0f}, {5}).cast(DType::F8E4M3FN)));
}

}  // namespace
}  // namespace tenon::onnx
