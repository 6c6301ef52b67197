// tenon inspect: the graph of a model, and what the compiler makes of it.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/cli/common.h"
#include "compile/compiler.h"
#include "ir/svg.h"
#include "ir/text.h"
#include "train/classifier.h"

namespace tenon::app {

namespace {

struct Inspect {
  std::string model;
  std::optional<std::string> stage;  ///< one of the stages by name
  i64 batch = 1;
  bool kernels = false, dot = false, svg = false, stages = false;
};

void print_graph(const std::string& format, const std::string& text, const Global& global) {
  if (!global.json) return print_line(text);
  print_json({{"event", "graph"}, {"format", format}, {"text", text}});
}

void run(const Inspect& i, const Global& global) {
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
  CLI::App* c = app.add_subcommand("inspect", "Print a model's graph, or each stage of its compilation");
  c->add_option("model", i->model, "A file that tenon train wrote")->required();
  c->add_option("--batch", i->batch, "Samples that the graph takes at once")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  c->add_flag("--kernels", i->kernels, "What the passes of the compiler leave: a node for each kernel, with its stages");
  CLI::Option_group* form = c->add_option_group("Form");
  form->add_flag("--dot", i->dot, "In the language of GraphViz");
  form->add_flag("--svg", i->svg, "As a picture");
  form->add_flag("--stages", i->stages, "The function after each stage of the compiler");
  form->add_option("--stage", i->stage, "One of them, by its name in --stages")->type_name("NAME");
  form->require_option(0, 1);
  c->footer(
      "Examples:\n"
      "  tenon inspect fashion.safetensors\n"
      "  tenon inspect fashion.safetensors --svg > fashion.svg\n"
      "  tenon inspect fashion.safetensors --kernels --svg > kernels.svg\n"
      "  tenon inspect fashion.safetensors --batch 128 --stage program");
  c->callback([i, &global] { run(*i, global); });
}

}  // namespace tenon::app
