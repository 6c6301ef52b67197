// Constant factors of products lie in the order in which their kernels read them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compile/compiler.h"
#include "compile/executable.h"
#include "interpret/interpret.h"
#include "op/functions.h"
#include "op/sample_data.h"

namespace tenon {
namespace {

using ::testing::HasSubstr;

Value parameter(const Type& t) { return {Node::parameter(t), 0}; }
Value constant(const Type& t, std::uint64_t seed) {
  return {Node::leaf(sample_data(std::vector<SampleInput>{{t}}, seed)[0]), 0};
}

/// The program of x times a constant matrix, transposed or not, and its constants.
runtime::ProgramData product_with(const Value& x, const Value& w, bool transposed, Function& f) {
  Value factor = transposed ? transpose(w, {1, 0}) : w;
  f = {"f", {x}, {matmul(x, factor)}};
  return compiler().compile(f, {}, "inference");
}

void expect_runs(const Function& f, runtime::ProgramData data, double tolerance) {
  const Array in = sample_data(std::vector<SampleInput>{{f.parameters[0].type()}}, 3)[0];
  const runtime::Program program(std::move(data));
  const Array got = program.run(std::vector{in})[0], want = interpret(f, std::vector{in})[0];
  ASSERT_EQ(got.type(), want.type());
  for (i64 k = 0; k < got.count(); ++k) ASSERT_NEAR(got.at(k).as_double(), want.at(k).as_double(), tolerance);
}

TEST(StoredConstants, AreNotCopiedWhenTheProgramRuns) {
  for (const Shape& shape : {Shape{40, 100}, Shape{1, 100}})
    for (bool transposed : {false, true}) {
      const Value x = parameter({DType::F32, shape});
      const Value w = constant({DType::F32, transposed ? Shape{70, 100} : Shape{100, 70}}, 2);
      Function f;
      runtime::ProgramData p = product_with(x, w, transposed, f);
      ASSERT_EQ(p.calls.size(), 1u) << p.calls[0].label;
      ASSERT_EQ(p.constants.size(), 1u);
      const bool in_panels = shape[0] != 1 || !transposed;
      EXPECT_EQ(p.constants[0].rank(), in_panels ? 1 : 2);
      EXPECT_GE(p.constants[0].count(), 70 * 100);
      expect_runs(f, std::move(p), 1e-4);
    }
}

TEST(StoredConstants, LieAsEachOfTheirReadersWants) {
  const Value x = parameter({DType::F32, {40, 96}});
  const Value w = constant({DType::F32, {96, 96}}, 2);
  const Function f{"f", {x}, {matmul(x, w), matmul(x, transpose(w, {1, 0})), exp(w)}};
  expect_runs({"f", {x}, {f.results[0]}}, compiler().compile({"f", {x}, {f.results[0]}}, {}, "inference"), 1e-4);
  runtime::ProgramData p = compiler().compile(f, {}, "inference");
  const runtime::Program program(std::move(p));
  const Array in = sample_data(std::vector<SampleInput>{{x.type()}}, 3)[0];
  const auto got = program.run(std::vector{in}), want = interpret(f, std::vector{in});
  for (std::size_t r = 0; r < got.size(); ++r)
    for (i64 k = 0; k < got[r].count(); ++k) ASSERT_NEAR(got[r].at(k).as_double(), want[r].at(k).as_double(), 1e-4);
}

TEST(StoredConstants, PositionsThatAreConstantLieRowByRow) {
  const Value x = parameter({DType::F32, {9}}), y = parameter({DType::F32, {30}});
  Array positions(DType::I64, {30, 50});
  for (i64 k = 0; k < positions.count(); ++k) positions.set(k, Number::of_int(k * 7 % 9));
  const Value w(Node::leaf(positions), 0);
  const Function f{"f", {x, y}, {formula<Value>("C[j] += X[{W[k,j]}] * Y[k]", {x, w, y})}};
  const std::vector<Array> in = sample_data(std::vector<SampleInput>{{x.type()}, {y.type()}}, 3);
  const runtime::Program program(compiler().compile(f, {}, "inference"));
  ASSERT_EQ(program.data().constants.size(), 1u);
  EXPECT_EQ(program.data().constants[0].rank(), 2);
  const Array got = program.run(in)[0], want = interpret(f, in)[0];
  for (i64 k = 0; k < got.count(); ++k) ASSERT_NEAR(got.at(k).as_double(), want.at(k).as_double(), 1e-4);
}

}  // namespace
}  // namespace tenon
