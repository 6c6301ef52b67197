#include "onnx/export.h"

#include <set>

#include "base/file.h"
#include "onnx/export/writer.h"
#include "onnx/model.h"
#include "onnx/tensors.h"

namespace tenon::onnx {

namespace {

/// The version of the file format that came with an opset; readers that know the one know the other.
i64 format_of(i64 opset) { return opset >= 23 ? 11 : opset >= 21 ? 10 : opset >= 19 ? 9 : 8; }

}  // namespace

pb::ModelProto export_model(const Function& f, const ExportOptions& options) {
  require(options.opset >= kFirstExported && options.opset <= kLastOpset, "opset {}; {} to {} can be written",
          options.opset, kFirstExported, kLastOpset);
  pb::ModelProto model;
  model.set_ir_version(format_of(options.opset));
  model.set_producer_name("tenon");
  pb::OperatorSetIdProto& set = *model.add_opset_import();
  set.set_domain("");
  set.set_version(options.opset);
  pb::GraphProto& graph = *model.mutable_graph();
  graph.set_name(f.name);
  GraphWriter writer(graph, options.opset);
  std::set<std::string> used;
  for (std::size_t k = 0; k < f.parameters.size(); ++k) {
    std::string name = f.parameters[k].node()->name();
    if (name.empty() || !used.insert(name).second) used.insert(name = fmt::format("input_{}", k));
    pb::ValueInfoProto& input = *graph.add_input();
    input.set_name(name);
    *input.mutable_type() = proto_of(f.parameters[k].type());
    writer.set_input(f.parameters[k], name);
  }
  for (std::size_t k = 0; k < f.results.size(); ++k) {
    const std::string name = fmt::format("output_{}", k);
    require(!used.contains(name), "an input is called '{}', as an output must be", name);
    pb::NodeProto& node = writer.add("Identity", {writer.name_of(f.results[k])}).node;
    node.set_output(0, name);
    pb::ValueInfoProto& output = *graph.add_output();
    output.set_name(name);
    *output.mutable_type() = proto_of(f.results[k].type());
  }
  return model;
}

void write_model(const std::string& path, const pb::ModelProto& model) {
  std::string bytes;
  require(model.ByteSizeLong() < (std::size_t{1} << 31) && model.SerializeToString(&bytes),
          "{}: an ONNX file holds less than 2 GiB", path);
  write_file_atomically(path, bytes);
}

}  // namespace tenon::onnx
