// What there is to say of a model before it runs.
#pragma once
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "onnx/import.h"

namespace tenon::onnx {

/// All that stands in the file, with subgraphs and functions.
struct Report {
  i64 ir_version = 0;
  std::string producer;
  std::map<std::string, i64> opsets;             ///< by domain; the standard one is "ai.onnx"
  std::vector<std::string> extents;              ///< names of those that the file leaves open
  std::map<std::string, std::size_t> operators;  ///< how many nodes of each
  i64 parameters = 0, weight_bytes = 0;          ///< elements and bytes of initializers
};
Report report_on(const Model& model);

/// Of a function whose extents are numbers: arithmetic of all formulas (nothing for sorting and its kin), and the most
/// bytes of results that are there at once when nodes run in order, each result until its last use.
struct Work {
  double flops = 0;
  i64 peak_bytes = 0;
};
Work work_of(const Function& f);

/// Everything that keeps the model from running, one line each, none twice; empty: nothing does. A line starts with the
/// nodes around the one at fault; what a function lacks is said where it is called first. `unchecked` counts nodes
/// whose operands could not be looked at, because they follow from one of these or from values of inputs.
struct Problems {
  std::vector<std::string> found;
  std::size_t unchecked = 0;

  void add(const std::string& line) {
    if (std::ranges::find(found, line) == found.end()) found.push_back(line);
  }
};
Problems problems_of(const Model& model, const Bindings& bindings = {});

}  // namespace tenon::onnx
