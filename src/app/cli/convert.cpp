// tenon convert: between ONNX models and functions as text, and models of ours to ONNX.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/function_file.h"
#include "app/cli/onnx_extents.h"
#include "app/cli/run.h"
#include "base/file.h"
#include "ir/text.h"
#include "onnx/export.h"
#include "onnx/import.h"
#include "onnx/tensors.h"

namespace tenon::app {

namespace {

struct ConvertOptions {
  std::string from, to;
  std::vector<std::string> extents;
  i64 opset = onnx::ExportOptions().opset, batch = 0;
  bool external_data = false;
};

/// Weights become constants.
Function with_weights(const FunctionFile& file) {
  Function f{file.f.name, {}, {}};
  std::vector<Value> arguments;
  for (const Value& p : file.f.parameters) {
    const auto weight = file.values.find(p.node()->name());
    if (weight != file.values.end()) {
      arguments.emplace_back(Node::leaf(weight->second), 0);
    } else {
      f.parameters.emplace_back(Node::parameter(p.type(), p.node()->name()), 0);
      arguments.push_back(f.parameters.back());
    }
  }
  f.results = inline_call(file.f, arguments);
  return f;
}

Function imported(const onnx::Model& model, const ConvertOptions& o) {
  const DimValues values = extents_of_model(model, o.extents);
  onnx::Bindings b;
  for (const onnx::Port& p : model.inputs())
    if (const auto type = onnx::type_of(p.type, p.name)) b.types[p.name] = with_values(*type, values);
  return onnx::import_function(model, b);
}

/// What is converted, with the names that an ONNX file can keep.
struct Source {
  Function f;
  onnx::ExportOptions names;
};
Source source_of(const ConvertOptions& o) {
  Source source;
  source.names.opset = o.opset;
  if (is_onnx(o.from)) {
    const onnx::Model model = onnx::Model::load(o.from);
    source.f = imported(model, o);
    for (const onnx::Port& p : model.outputs()) source.names.outputs.push_back(p.name);
    return source;
  }
  const FunctionFile file = read_function(o.from, o.batch > 0 ? Dim(o.batch) : Dim::symbol("batch"));
  source.f = with_extents(is_onnx(o.to) ? file.f : with_weights(file), o.extents);
  source.names.weights = file.values;
  return source;
}

void convert(const ConvertOptions& o, const Global& global) {
  require(is_onnx(o.from) || is_onnx(o.to),
          "one of the two files must be an ONNX model, ending in .onnx; given are {} and {}", o.from, o.to);
  require(is_onnx(o.to) || !o.external_data, "--external-data is for ONNX models, and {} does not end in .onnx", o.to);
  require_writable(o.to);
  const auto [f, names] = source_of(o);
  bool apart = false;
  if (is_onnx(o.to))
    apart =
        onnx::export_to(o.to, f, names, o.external_data ? onnx::ExternalData::Always : onnx::ExternalData::IfNeeded);
  else
    write_file_atomically(o.to, to_text(f) + "\n");
  const std::size_t nodes = topological(f.results).size();
  const std::string data = apart ? onnx::external_path(o.to) : "";
  if (global.json) {
    nlohmann::ordered_json event{{"event", "converted"}, {"from", o.from}, {"to", o.to}, {"nodes", nodes}};
    if (apart) event["data"] = data;
    print_json(event);
  } else {
    print_line(fmt::format("{} -> {}{}: {} nodes", o.from, o.to, apart ? " and " + data : "", nodes));
  }
}

}  // namespace

void add_convert(CLI::App& app, const Global& global) {
  auto o = std::make_shared<ConvertOptions>();
  CLI::App* c =
      app.add_subcommand("convert", "Turn ONNX models into functions as text, and functions and models into ONNX");
  c->add_option("FROM", o->from,
                "An ONNX model, a function as text (docs/graphs.md), or a model that tenon train wrote")
      ->required();
  c->add_option("TO", o->to, "What ends in .onnx is written as an ONNX model, all else as text")->required();
  c->add_option("--opset", o->opset, "Version of the standard operators to write")
      ->check(CLI::Range(onnx::kFirstExported, onnx::kLastOpset))
      ->capture_default_str();
  c->add_flag("--external-data", o->external_data,
              "Put the weights into TO.data beside the model, as is done anyway with 2 GiB and more");
  c->add_option("--batch", o->batch, "Samples that a model of ours takes at once; else any number")
      ->check(CLI::Range(1, 1 << 20));
  c->add_option("--dim,--extent", o->extents, "The value of an open extent")->type_name("NAME=N");
  c->footer(
      "Examples:\n"
      "  tenon convert fashion.safetensors fashion.onnx\n"
      "  tenon convert f.ir f.onnx --opset 21\n"
      "  tenon convert model.onnx model.ir --dim batch=1");
  c->callback([o, &global] { convert(*o, global); });
}

}  // namespace tenon::app
