// Every sample of every operator, compiled, against the interpreter.
#include <gtest/gtest.h>

#include <cmath>

#include "autodiff/reverse.h"
#include "compile/executable.h"
#include "interpret/interpret.h"
#include "op/sample_data.h"

namespace tenon {
namespace {

/// How far a compiled value may be from the interpreter's, relative to the larger of 1 and the largest magnitude of the
/// tensor. f32: compiled code may compute functions to a few units in the last place (6e-8) and adds in another order,
/// over at most 33 terms here. f64: the same with 1.1e-16, but functions may be as good as 1e-13 only. f16 and bf16:
/// one unit in the last place, since both round once from f32 and a result may lie beside a rounding boundary. Integers
/// and bool: nothing to round.
double tolerance(DType t) {
  switch (t) {
    case DType::F64:
      return 1e-12;
    case DType::F32:
      return 4e-6;
    case DType::F16:
      return 0x1p-10;
    case DType::BF16:
      return 0x1p-7;
    default:
      return 0;
  }
}

/// `looser`: how many times as much, for what is rounded more than once.
void expect_close(const Array& given, const Array& expected, double looser = 1) {
  ASSERT_EQ(given.type(), expected.type());
  if (!given.is_dense()) {
    ASSERT_TRUE(identical(given, expected));
    return;
  }
  double scale = 1;
  for (i64 k = 0; k < expected.count(); ++k) {
    const double x = std::abs(expected.at(k).as_double());
    if (std::isfinite(x)) scale = std::max(scale, x);
  }
  for (i64 k = 0; k < expected.count(); ++k) {
    const double e = expected.at(k).as_double(), g = given.at(k).as_double();
    if (std::isnan(e) || std::isinf(e) || !is_float(expected.dtype())) {
      ASSERT_TRUE(given.at(k) == expected.at(k) || (std::isnan(e) && std::isnan(g)))
          << "element " << k << ": " << g << ", expected " << e;
    } else {
      ASSERT_NEAR(g, e, looser * tolerance(expected.dtype()) * scale) << "element " << k;
    }
  }
}

class Compiled : public testing::TestWithParam<const OpInfo*> {};

TEST_P(Compiled, GivesTheInterpretersValues) {
  for (const Sample& sample : GetParam()->samples()) {
    SCOPED_TRACE(describe(sample));
    const Function f = sample_function(sample);
    const auto program = executable(f, "test");
    for (std::uint64_t seed : {5, 6}) {
      const auto in = sample_data(sample.inputs, seed);
      const auto expected = interpret(f, in), given = program->run(in);
      ASSERT_EQ(given.size(), expected.size());
      for (std::size_t k = 0; k < given.size(); ++k) expect_close(given[k], expected[k]);
      if (HasFatalFailure()) return;
    }
  }
}

/// The gradients of the first output by all float operands, for some gradient of that output.
std::optional<Function> gradients_of(const Sample& sample) {
  Function f = sample_function(sample);
  if (!is_float(f.results[0].dtype()) || !is_concrete(f.results[0].type())) return {};
  std::vector<Value> wrt;
  for (const Value& v : f.parameters)
    if (is_float(v.dtype()) && v.type().is_dense()) wrt.push_back(v);
  const std::vector<SampleInput> seed{{f.results[0].type(), -1, 1}};
  const Value incoming(Node::leaf(sample_data(seed, 7)[0]), 0);
  std::vector<Value> found = gradients(f.results[0], wrt, incoming);
  f.results.assign(found.begin(), found.end());
  return f;
}

// A gradient that takes two steps rounds f16 and bf16 twice, perhaps beside a boundary.
TEST_P(Compiled, GivesTheInterpretersGradients) {
  for (const Sample& sample : GetParam()->samples()) {
    SCOPED_TRACE(describe(sample));
    const auto f = gradients_of(sample);
    if (!f || f->results.empty()) continue;
    const auto in = sample_data(sample.inputs, 5);
    const auto expected = interpret(*f, in), given = executable(*f, "test")->run(in);
    for (std::size_t k = 0; k < given.size(); ++k) expect_close(given[k], expected[k], 2);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, Compiled, testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

}  // namespace
}  // namespace tenon
