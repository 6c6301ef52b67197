// A model as a function.
#pragma once
#include <map>
#include <string>

#include "ir/graph.h"
#include "onnx/model.h"
#include "onnx/node.h"

namespace tenon::onnx {

/// What is known of the model's inputs beyond what the file says.
struct Bindings {
  std::map<std::string, Type> types;
  std::map<std::string, Array> values;  ///< inputs that are constants; they stay parameters, which nothing reads
};

struct Problems;

/// Parameters and results in the order of the model's inputs and outputs; parameters are named after the inputs.
/// Unknown extents are named after dim_param. Throws NeedsInputs where more must be known first, and Error that names
/// the node where an operator is not supported or does not fit its operands.
///
/// With `problems`, whatever is wrong with nodes is added there instead, and the function lacks what follows from it.
Function import_function(const Model& model, const Bindings& bindings = {}, Problems* problems = nullptr);

/// Throws Error that says which dimension of the input was expected to be what.
void require_fits(const Port& input, const Type& given);

}  // namespace tenon::onnx
