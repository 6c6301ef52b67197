// tenon inspect: the graph of a model, and what the compiler makes of it.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/cli/common.h"
#include "app/cli/run.h"
#include "compile/compiler.h"
#include "ir/svg.h"
#include "ir/text.h"
#include "train/classifier.h"

namespace tenon::app {

namespace {

struct Inspect {
  std::string model;
  std::optional<std::string> stage;  ///< one of the stages by name
  std::vector<std::string> extents;
  i64 batch = 1;
  bool text = false, kernels = false, dot = false, svg = false, stages = false;
};

void print_graph(const std::string& format, const std::string& text, const Global& global) {
  if (!global.json) return print_line(text);
  print_json({{"event", "graph"}, {"format", format}, {"text", text}});
}

void run(const Inspect& i, const Global& global) {
  if (is_onnx(i.model)) {
    require(!i.kernels && !i.stages && !i.stage,
            "--kernels and --stages are for models that tenon train wrote; "
            "tenon convert makes a function of an ONNX model, which tenon opt takes");
    return inspect_onnx({i.model, i.extents, i.dot, i.svg, i.text}, global);
  }
  Function f = train::inference_graph(train::load_model(i.model), i.batch);
  if (i.kernels) f = compiler().optimise(f, "inference").back().after;
  if (i.stages || i.stage)
    print_stages(f, i.stage, global);
  else if (i.dot)
    print_graph("dot", to_dot(f), global);
  else if (i.svg)
    print_graph("svg", to_svg(f), global);
  else
    print_graph("text", to_text(f), global);
}

}  // namespace

void add_inspect(CLI::App& app, const Global& global) {
  auto i = std::make_shared<Inspect>();
  CLI::App* c = app.add_subcommand("inspect",
                                   "Print what an ONNX model holds, a model's graph, or each stage of its compilation");
  c->add_option("model", i->model, "A file that tenon train wrote, or an ONNX model")->required();
  c->add_option("--dim", i->extents, "The value of an open extent of an ONNX model")->type_name("NAME=N");
  c->add_option("--batch", i->batch, "Samples that the graph takes at once")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  c->add_flag("--kernels", i->kernels,
              "What the passes of the compiler leave: a node for each kernel, with its stages");
  CLI::Option_group* form = c->add_option_group("Form");
  form->add_flag("--dot", i->dot, "In the language of GraphViz");
  form->add_flag("--svg", i->svg, "As a picture");
  form->add_flag("--text", i->text, "As text (docs/graphs.md), which is usual but for ONNX models");
  form->add_flag("--stages", i->stages, "The function after each stage of the compiler");
  form->add_option("--stage", i->stage, "One of them, by its name in --stages")->type_name("NAME");
  form->require_option(0, 1);
  c->footer(
      "Examples:\n"
      "  tenon inspect model.onnx --dim batch=1\n"
      "  tenon inspect fashion.safetensors\n"
      "  tenon inspect fashion.safetensors --svg > fashion.svg\n"
      "  tenon inspect fashion.safetensors --kernels --svg > kernels.svg\n"
      "  tenon inspect fashion.safetensors --batch 128 --stage program");
  c->callback([i, &global] { run(*i, global); });
}

}  // namespace tenon::app
