// Every sample of every operator, compiled, against the interpreter.
#include <gtest/gtest.h>

#include "autodiff/reverse.h"
#include "op/largest_errors_testing.h"
#include "op/testing.h"

namespace tenon {
namespace {

class Compiled : public testing::TestWithParam<const OpInfo*> {};

void expect_no_faults(const OpInfo* info, const std::string& what, const Together& together,
                      std::initializer_list<std::uint64_t> seeds, double looser) {
  Together::Errors errors;
  for (const Together::Fault& fault : together.faults(seeds, looser, &errors)) ADD_FAILURE() << fault.text;
  for (const auto& [dtype, error] : errors) largest_errors->note(what, info, dtype, error);
}

constexpr const char *kValues = "compiled values against the interpreter",
                     *kGradients = "compiled gradients against the interpreter";

TEST_P(Compiled, GivesTheInterpretersValues) {
  Together samples;
  for (const Sample& sample : GetParam()->samples()) {
    const Function f = sample_function(sample);
    Together alone;  // unknown extents of one name are one extent
    Together& with = is_concrete(f) ? samples : alone;
    with.add(f, describe(sample), sample.inputs);
    expect_no_faults(GetParam(), kValues, alone, {5, 6}, 1);
  }
  expect_no_faults(GetParam(), kValues, samples, {5, 6}, 1);
}

/// The gradients of every float output by all float operands, for some gradient of that output.
Function gradients_of(const Sample& sample) {
  Function f = sample_function(sample);
  std::vector<Value> wrt, found;
  for (const Value& v : f.parameters)
    if (is_float(v.dtype()) && v.type().is_dense()) wrt.push_back(v);
  for (const Value& y : f.results) {
    if (!is_float(y.dtype()) || !is_concrete(y.type()) || wrt.empty()) continue;
    for (Value& g : gradients(y, wrt, Value(Node::leaf(random_like(y.type(), 7)), 0))) found.push_back(std::move(g));
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
  expect_no_faults(GetParam(), kGradients, samples, {5}, 2);
}

INSTANTIATE_TEST_SUITE_P(Operators, Compiled, testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

}  // namespace
}  // namespace tenon
