// What tenon run is asked for, of a function or of an ONNX model.
#pragma once
#include <string>
#include <vector>

#include "app/cli/common.h"

namespace tenon::app {

struct RunOptions {
  std::string file;
  std::vector<std::string> inputs, outputs, extents;
  std::string output_dir = ".";
  i64 batch = 1, repeat = 0;
  bool interpreted = false, random = false;
};

bool is_onnx(const std::string& path);
void run_onnx(const RunOptions& o, const Global& global);

/// What is said of an ONNX model before it runs.
struct OnnxInspectOptions {
  std::string file;
  std::vector<std::string> extents;
  bool dot = false, svg = false, text = false;
};
void inspect_onnx(const OnnxInspectOptions& o, const Global& global);

}  // namespace tenon::app
