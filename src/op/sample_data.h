// Samples of operators as functions with data: what the tests and benchmarks over all operators run.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// One array per input, uniform in its range; the same for the same seed on every machine.
std::vector<Array> sample_data(std::span<const SampleInput> inputs, std::uint64_t seed);
/// The operator applied to one parameter per input.
Function sample_function(const Sample& sample);
/// "softmax {axis=0} (f32[3,5])"
std::string describe(std::string_view name, const Fields& given, std::span<const Type> operands);
std::string describe(const Sample& sample);
/// Of its inputs.
std::vector<Type> types_of(const Sample& sample);

}  // namespace tenon
