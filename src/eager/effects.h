// What is done in the order in which it is written: once at the line itself or, in a function that jit traces, each
// time that the compiled function runs.
#pragma once
#include <initializer_list>
#include <string>

#include "eager/tensor.h"

namespace tenon {

/// Writes a line on standard error: the text, and the values behind it.
void print(const std::string& text, std::initializer_list<Tensor> values = {});

/// The results of a registered function (op/special/host_function.h) that may do something: count, log, read a clock.
/// Unlike host_callback, it is called even where nobody uses its results and where an equal call stands before it.
std::vector<Tensor> host_effect(const std::string& function, std::initializer_list<Tensor> operands = {});

}  // namespace tenon
