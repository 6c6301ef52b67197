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

/// Functions side by side, so that they are compiled in one go.
class Together {
 public:
  void add(const Function& f, std::string what, std::vector<SampleInput> inputs) {
    all_.parameters.insert(all_.parameters.end(), f.parameters.begin(), f.parameters.end());
    all_.results.insert(all_.results.end(), f.results.begin(), f.results.end());
    parts_.push_back({f, std::move(what), std::move(inputs)});
  }

  void expect_the_interpreters_values(std::initializer_list<std::uint64_t> seeds, double looser) const {
    if (parts_.empty()) return;
    const auto program = executable(all_, "test");
    for (const std::uint64_t seed : seeds) {
      std::vector<Array> in, expected;
      for (const Part& part : parts_) {
        const auto mine = sample_data(part.inputs, seed);
        in.insert(in.end(), mine.begin(), mine.end());
        for (Array& a : interpret(part.f, mine)) expected.push_back(std::move(a));
      }
      const auto given = program->run(in);
      ASSERT_EQ(given.size(), expected.size());
      std::size_t k = 0;
      for (const Part& part : parts_) {
        SCOPED_TRACE(part.what);
        for (std::size_t r = 0; r < part.f.results.size(); ++r, ++k) expect_close(given[k], expected[k], looser);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }

 private:
  struct Part {
    Function f;
    std::string what;
    std::vector<SampleInput> inputs;
  };
  Function all_;
  std::vector<Part> parts_;
};

TEST_P(Compiled, GivesTheInterpretersValues) {
  Together samples;
  for (const Sample& sample : GetParam()->samples()) {
    const Function f = sample_function(sample);
    Together alone;  // unknown extents of one name are one extent
    Together& with = is_concrete(f) ? samples : alone;
    with.add(f, describe(sample), sample.inputs);
    alone.expect_the_interpreters_values({5, 6}, 1);
  }
  samples.expect_the_interpreters_values({5, 6}, 1);
}

/// The gradients of every float output by all float operands, for some gradient of that output.
Function gradients_of(const Sample& sample) {
  Function f = sample_function(sample);
  std::vector<Value> wrt, found;
  for (const Value& v : f.parameters)
    if (is_float(v.dtype()) && v.type().is_dense()) wrt.push_back(v);
  for (const Value& y : f.results) {
    if (!is_float(y.dtype()) || !is_concrete(y.type()) || wrt.empty()) continue;
    const std::vector<SampleInput> seed{{y.type(), -1, 1}};
    for (Value& g : gradients(y, wrt, Value(Node::leaf(sample_data(seed, 7)[0]), 0))) found.push_back(std::move(g));
  }
  f.results = std::move(found);
  return f;
}

// A gradient that takes two steps rounds f16 and bf16 twice, perhaps beside a boundary.
TEST_P(Compiled, GivesTheInterpretersGradients) {
  Together samples;
  for (const Sample& sample : GetParam()->samples()) {
    const Function f = gradients_of(sample);
    if (!f.results.empty()) samples.add(f, describe(sample), sample.inputs);
  }
  samples.expect_the_interpreters_values({5}, 2);
}

INSTANTIATE_TEST_SUITE_P(Operators, Compiled, testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

}  // namespace
}  // namespace tenon
