// Cases of ONNX's own tests, as Debian's libonnx-testdata has them: a model, inputs and expected outputs.
#pragma once
#include <string>
#include <vector>

#include "onnx/model.h"

namespace tenon::onnx {

struct CaseResult {
  enum class Outcome { Passed, Refused, Wrong } outcome = Outcome::Passed;
  std::string why;  ///< the refusal, or the first difference
};

/// Runs the model in `folder` (model.onnx) on the inputs of each test_data_set_*, and compares as ONNX's runner does:
/// equal types and shapes, |difference| <= 1e-7 + 1e-3 |expected|, texts and integers equal. Outputs of random
/// operators are compared by type and shape.
CaseResult run_case(const std::string& folder);

/// Folders with a model.onnx in `folder`, sorted.
std::vector<std::string> cases_in(const std::string& folder);

}  // namespace tenon::onnx
