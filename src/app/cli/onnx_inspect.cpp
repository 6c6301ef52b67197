// tenon inspect and tenon check of an ONNX model.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/onnx_extents.h"
#include "app/cli/run.h"
#include "base/suggest.h"
#include "ir/svg.h"
#include "ir/text.h"
#include "onnx/report.h"
#include "onnx/tensors.h"

namespace tenon::app {

namespace {

using nlohmann::ordered_json;
using onnx::Model;
using onnx::Port;

/// Types of inputs with the extents that are given.
onnx::Bindings bindings_of(const Model& model, const std::vector<std::string>& extents) {
  const DimValues values = extents_of_model(model, extents);
  onnx::Bindings b;
  for (const Port& p : model.inputs())
    if (const auto type = onnx::type_of(p.type, p.name)) b.types[p.name] = with_values(*type, values);
  return b;
}

ordered_json to_json(const std::vector<Port>& ports) {
  ordered_json list = ordered_json::array();
  for (const Port& p : ports) list.push_back({{"name", p.name}, {"type", onnx::to_text(p.type)}});
  return list;
}

std::string work_text(const Model& model, const OnnxInspectOptions& o, ordered_json& json) {
  try {
    const Function f = onnx::import_function(model, bindings_of(model, o.extents));
    if (!is_concrete(f)) return "arithmetic   depends on extents; give them with --dim NAME=N";
    const onnx::Work work = onnx::work_of(f);
    json["flops"] = work.flops;
    json["peak_bytes"] = work.peak_bytes;
    return fmt::format("arithmetic   {} FLOP\nresults      at most {} bytes at once", count_text(work.flops),
                       bytes_text(work.peak_bytes));
  } catch (const Error& e) {
    json["not_imported"] = e.what();
    return fmt::format("arithmetic   unknown: {}", e.what());
  }
}

void print_report(const Model& model, const OnnxInspectOptions& o, const Global& global) {
  const onnx::Report r = onnx::report_on(model);
  ordered_json json{{"event", "model"},
                    {"ir_version", r.ir_version},
                    {"producer", r.producer},
                    {"opsets", r.opsets},
                    {"extents", r.extents},
                    {"inputs", to_json(model.inputs())},
                    {"outputs", to_json(model.outputs())},
                    {"parameters", r.parameters},
                    {"weight_bytes", r.weight_bytes},
                    {"operators", r.operators}};
  const std::string work = work_text(model, o, json);
  if (global.json) return print_json(json);
  std::string text = fmt::format("{}\nmade by      {}, IR version {}\nopsets      ", o.file,
                                 r.producer.empty() ? "(not said)" : r.producer, r.ir_version);
  for (const auto& [domain, version] : r.opsets) text += fmt::format(" {} {}", domain, version);
  const auto list = [&](const char* title, const std::vector<Port>& ports) {
    for (const Port& p : ports) text += fmt::format("\n{:<12} {}: {}", title, p.name, onnx::to_text(p.type));
  };
  list("input", model.inputs());
  list("output", model.outputs());
  text += fmt::format("\nparameters   {}, {} bytes\n{}\n", grouped(r.parameters), bytes_text(r.weight_bytes), work);
  std::vector<std::pair<std::string, std::size_t>> operators(r.operators.begin(), r.operators.end());
  std::ranges::stable_sort(operators, std::greater<>(), &std::pair<std::string, std::size_t>::second);
  std::vector<std::vector<std::string>> rows{{"operator", "nodes"}};
  for (const auto& [name, count] : operators) rows.push_back({name, std::to_string(count)});
  print_line(text + "\n" + table(rows));
}

struct Check {
  std::string file;
  std::vector<std::string> extents;
};

void check(const Check& o, const Global& global) {
  const Model model = Model::load(o.file);
  const onnx::Problems p = onnx::problems_of(model, bindings_of(model, o.extents));
  for (const std::string& problem : p.found) {
    if (global.json)
      print_json({{"event", "problem"}, {"text", problem}});
    else
      print_line(problem);
  }
  require(
      p.found.empty(), "{}: {} problem{}{}", o.file, p.found.size(), p.found.size() == 1 ? "" : "s",
      p.unchecked > 0 ? fmt::format("; {} node{} could not be checked", p.unchecked, p.unchecked == 1 ? "" : "s") : "");
  const std::string rest =
      p.unchecked > 0
          ? fmt::format("; {} nodes follow from values of inputs, and are checked when it runs", p.unchecked)
          : "";
  if (global.json)
    print_json({{"event", "checked"}, {"problems", 0}, {"unchecked", p.unchecked}});
  else
    print_line(fmt::format("{}: no problems{}", o.file, rest));
}

}  // namespace

DimValues extents_of_model(const Model& model, const std::vector<std::string>& given) {
  const std::vector<std::string> names = onnx::report_on(model).extents;
  DimValues values;
  for (const std::string& text : given) {
    const std::size_t equals = std::min(text.find('='), text.size());
    const std::string name = text.substr(0, equals), number = text.substr(std::min(equals + 1, text.size()));
    i64 value = -1;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    require(error == std::errc() && end == number.data() + number.size() && value >= 0 && !name.empty(),
            "--dim: '{}' is no NAME=N; expected such as batch=8", text);
    require(std::ranges::find(names, name) != names.end(), "--dim: the model has no open extent '{}'; there {}", name,
            names.empty() ? "is none" : "are: " + listed(names));
    values.emplace_back(onnx::symbol_name(name), Dim(value));
  }
  return values;
}

void inspect_onnx(const OnnxInspectOptions& o, const Global& global) {
  const Model model = Model::load(o.file);
  if (!o.dot && !o.svg && !o.text) return print_report(model, o, global);
  const Function f = onnx::import_function(model, bindings_of(model, o.extents));
  const std::string text = o.dot ? to_dot(f) : o.svg ? to_svg(f) : to_text(f);
  if (global.json)
    print_json({{"event", "graph"}, {"format", o.dot ? "dot" : o.svg ? "svg" : "text"}, {"text", text}});
  else
    print_line(text);
}

void add_check(CLI::App& app, const Global& global) {
  auto o = std::make_shared<Check>();
  CLI::App* c = app.add_subcommand("check", "Say everything that keeps an ONNX model from running");
  c->add_option("MODEL", o->file, "An ONNX file")->required();
  c->add_option("--dim", o->extents, "The value of an open extent")->type_name("NAME=N");
  c->footer(
      "The exit status is 1 where there are problems.\n"
      "Examples:\n"
      "  tenon check model.onnx\n"
      "  tenon check model.onnx --dim batch=8 --json");
  c->callback([o, &global] { check(*o, global); });
}

}  // namespace tenon::app
