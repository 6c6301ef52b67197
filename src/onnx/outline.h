// Graphs as they stand in the file: names, and which nodes nothing here can run.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "onnx/model.h"

namespace tenon::onnx {

bool is_standard(const std::string& domain);
/// "node 'name' (operator)", or what the node makes where it has no name.
std::string called(const pb::NodeProto& node);
/// Outer names that a node reads, itself or in subgraphs.
void names_read(const pb::NodeProto& node, std::set<std::string>& names);
/// By node, whether it leads to an output of the graph.
std::vector<bool> needed_nodes(const pb::GraphProto& g);
/// The function of the model that a node calls; nullptr where it is no call.
const pb::FunctionProto* function_called(const Model& model, const pb::NodeProto& node);
/// The nodes of a function and its outputs.
pb::GraphProto body_of(const pb::FunctionProto& f);
/// Why a node that calls no function cannot run, whatever its operands are; empty: nothing says so.
std::string why_unsupported(const pb::NodeProto& node);

/// Nodes that cannot run, whatever their operands are, each once.
class Unsupported {
 public:
  explicit Unsupported(const Model& model) : model_(model) {}

  struct Lines {
    std::vector<std::string> all;    ///< of the node itself, of its subgraphs, of functions that are called
    std::vector<std::string> fresh;  ///< without those in functions that were looked at before
  };
  /// One line for each, which starts with the nodes around it.
  Lines at(const pb::NodeProto& node);

 private:
  void look_at(const pb::NodeProto& node, const std::string& path, bool fresh, int depth, Lines& lines);
  void look_into(const pb::GraphProto& g, const std::string& path, bool fresh, int depth, Lines& lines);

  const Model& model_;
  std::set<const pb::FunctionProto*> seen_;
  std::size_t visits_ = 0;
};

}  // namespace tenon::onnx
