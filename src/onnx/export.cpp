#include "onnx/export.h"

#include <filesystem>
#include <set>
#include <span>

#include "base/file.h"
#include "onnx/export/writer.h"
#include "onnx/model.h"
#include "onnx/tensors.h"

namespace tenon::onnx {

namespace {

/// The version of the file format that came with an opset; readers that know the one know the other.
i64 format_of(i64 opset) { return opset >= 23 ? 11 : opset >= 21 ? 10 : opset >= 19 ? 9 : 8; }

/// Offsets are multiples of it, so that a page, or a vector, of a mapped file holds whole elements.
i64 alignment_of(i64 bytes) { return bytes < 65536 ? 64 : 4096; }

/// Protobuf counts in 31 bits; what is left is for the graph.
constexpr i64 kMostInside = (i64{1} << 31) - (i64{1} << 26);

/// Names of the inputs, none for weights.
std::vector<std::string> input_names(const Function& f, const ExportOptions& options) {
  std::set<std::string> used;
  for (const auto& [name, value] : options.weights) used.insert(name);
  std::vector<std::string> names;
  for (std::size_t k = 0; k < f.parameters.size(); ++k) {
    std::string name = f.parameters[k].node()->name();
    if (options.weights.contains(name)) {
      names.emplace_back();
      continue;
    }
    if (name.empty() || !used.insert(name).second) used.insert(name = fmt::format("input_{}", k));
    names.push_back(name);
  }
  return names;
}

std::vector<std::string> output_names(const Function& f, const ExportOptions& options,
                                      const std::vector<std::string>& inputs) {
  std::vector<std::string> names = options.outputs;
  for (std::size_t k = 0; names.size() < f.results.size() && options.outputs.empty(); ++k)
    names.push_back(fmt::format("output_{}", k));
  require(names.size() == f.results.size(), "{} names are given for {} results", names.size(), f.results.size());
  std::set<std::string> used(inputs.begin(), inputs.end());
  for (const std::string& name : names)
    require(!name.empty() && used.insert(name).second && !options.weights.contains(name),
            "an output is called '{}', as an input, a weight or another output is", name);
  return names;
}

void declare(pb::ValueInfoProto& port, const std::string& name, const Type& type) {
  port.set_name(name);
  try {
    *port.mutable_type() = proto_of(type);
  } catch (const Error& e) {
    fail("export of '{}': {}", name, e.what());
  }
}

/// `apart`: of the larger weights, which are left without data in the model; nullptr: none are.
pb::ModelProto exported(const Function& f, const ExportOptions& options, std::map<std::string, Array>* apart) {
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
  GraphWriter writer(graph, options.opset, apart);
  const std::vector<std::string> inputs = input_names(f, options), outputs = output_names(f, options, inputs);
  for (const std::string& name : outputs) writer.reserve(name);
  for (std::size_t k = 0; k < f.parameters.size(); ++k) {
    const Value& p = f.parameters[k];
    writer.require_type(p.type());
    if (!inputs[k].empty()) {
      declare(*graph.add_input(), inputs[k], p.type());
      writer.set_input(p, inputs[k]);
      continue;
    }
    const Array& weight = options.weights.at(p.node()->name());
    require(weight.type() == p.type(), "weight {} is {}, but the function takes {}", p.node()->name(), weight.type(),
            p.type());
    writer.set_weight(p, p.node()->name(), weight);
  }
  for (std::size_t k = 0; k < f.results.size(); ++k) {
    const Type& type = f.results[k].type();
    const i64 since = is_form(type, Composite::Form::Optional) ? 16 : type.is_dense() ? kFirstExported : 14;
    require(options.opset >= since, "export of '{}': a result {} needs opset {}", outputs[k], type, since);
    writer.add("Identity", {writer.name_of(f.results[k])}).node.set_output(0, outputs[k]);
    declare(*graph.add_output(), outputs[k], type);
  }
  return model;
}

/// Says of each weight where its data is in the file `location`; gives what that file holds, in order.
std::vector<std::pair<i64, Array>> placed(pb::GraphProto& graph, const std::map<std::string, Array>& apart,
                                          const std::string& location) {
  std::vector<std::pair<i64, Array>> places;
  i64 end = 0;
  for (pb::TensorProto& t : *graph.mutable_initializer()) {
    const auto weight = apart.find(t.name());
    if (weight == apart.end()) continue;
    const i64 bytes = weight->second.bytes(), alignment = alignment_of(bytes);
    const i64 offset = (end + alignment - 1) / alignment * alignment;
    t.set_data_location(pb::TensorProto::EXTERNAL);
    const auto say = [&](const char* key, const std::string& value) {
      pb::StringStringEntryProto& entry = *t.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    };
    say("location", location);
    say("offset", std::to_string(offset));
    say("length", std::to_string(bytes));
    places.emplace_back(offset, weight->second);
    end = offset + bytes;
  }
  return places;
}

std::span<const std::byte> bytes_in(const Array& contiguous) {
  return {static_cast<const std::byte*>(contiguous.raw()), static_cast<std::size_t>(contiguous.bytes())};
}

void write_weights(const std::string& path, const std::vector<std::pair<i64, Array>>& places) {
  write_file_atomically(path, [&](OutputFile& file) {
    i64 end = 0;
    for (const auto& [offset, weight] : places) {
      file.write(std::string(static_cast<std::size_t>(offset - end), '\0'));
      file.write(bytes_in(weight.to_contiguous()));
      end = offset + weight.bytes();
    }
  });
}

std::string serialized(const std::string& path, const pb::ModelProto& model) {
  std::string bytes;
  require(model.ByteSizeLong() < (std::size_t{1} << 31) && model.SerializeToString(&bytes),
          "{}: an ONNX file holds less than 2 GiB; write the weights beside it, as external data", path);
  return bytes;
}

}  // namespace

pb::ModelProto export_model(const Function& f, const ExportOptions& options) { return exported(f, options, nullptr); }

void write_model(const std::string& path, const pb::ModelProto& model) {
  write_file_atomically(path, serialized(path, model));
}

std::string external_path(const std::string& path) { return path + ".data"; }

bool export_to(const std::string& path, const Function& f, const ExportOptions& options, ExternalData external) {
  std::map<std::string, Array> apart;
  pb::ModelProto model = exported(f, options, &apart);
  i64 bytes = static_cast<i64>(model.ByteSizeLong());
  for (const auto& [name, weight] : apart) bytes += weight.bytes();
  if (apart.empty() || (external == ExternalData::IfNeeded && bytes < kMostInside)) {
    for (pb::TensorProto& t : *model.mutable_graph()->mutable_initializer())
      if (const auto weight = apart.find(t.name()); weight != apart.end()) {
        const Array contiguous = weight->second.to_contiguous();
        t.set_raw_data(contiguous.raw(), static_cast<std::size_t>(contiguous.bytes()));
      }
    write_model(path, model);
    return false;
  }
  const std::string beside = external_path(path);
  const auto places = placed(*model.mutable_graph(), apart, std::filesystem::path(beside).filename().string());
  const std::string text = serialized(path, model);
  // The weights take their place when the model is written but for its name.
  write_file_atomically(path, [&](OutputFile& file) {
    file.write(text);
    write_weights(beside, places);
  });
  return true;
}

}  // namespace tenon::onnx
