// The files that are measured, and what they are run with.
#pragma once
#include <string>
#include <vector>

#include "tensor/array.h"

namespace tenon::bench {

/// A folder with model.onnx and its inputs as 0.npy, 1.npy, …
struct ModelCase {
  std::string name, model;
  std::vector<std::string> inputs;
  /// How much of ONNX Runtime's speed is to be reached; 0: none is asked for.
  double target = 0;
};

/// Writes the graphs that are built here into a folder that goes with this program, and takes the real models that
/// tools/fetch_models has brought, if any.
const std::vector<ModelCase>& model_cases();

std::vector<Array> read_inputs(const ModelCase& c);

}  // namespace tenon::bench
