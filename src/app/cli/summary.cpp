// tenon summary: what a model consists of and what memory it takes.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/common.h"
#include "base/printable.h"
#include "train/classifier.h"

namespace tenon::app {

namespace {

struct Summarize {
  std::string model;
  i64 batch = 1;
};

void print_summary(const nn::Summary& s, i64 batch) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const auto& l : s.layers) {
    layers.push_back(
        {{"path", l.path}, {"type", l.type}, {"output", to_string(l.output)}, {"parameters", l.parameters}});
  }
  print_json({{"event", "summary"},
              {"batch", batch},
              {"input", to_string(s.input)},
              {"layers", layers},
              {"parameters", s.parameters},
              {"parameter_bytes", s.parameter_bytes},
              {"training_bytes", s.training_bytes},
              {"inference_bytes", s.inference_bytes}});
}

void run(const Summarize& options, const Global& global) {
  nn::Summary s = train::summarize(train::load_model(options.model), options.batch);
  if (global.json)
    print_summary(s, options.batch);
  else
    print_line(printable(to_string(s), LineBreaks::Keep, std::string::npos));
}

}  // namespace

void add_summary(CLI::App& app, const Global& global) {
  auto s = std::make_shared<Summarize>();
  CLI::App* c = app.add_subcommand("summary", "List the layers of a model, their shapes, parameters and memory");
  c->add_option("model", s->model, "A file that tenon train wrote")->required();
  c->add_option("--batch", s->batch, "Samples at once")->check(CLI::Range(1, 1 << 20))->capture_default_str();
  c->footer(
      "Memory counts parameters, activations and, for training, gradients of activations; not the optimizer's state.\n"
      "Examples:\n"
      "  tenon summary fashion.safetensors\n"
      "  tenon summary fashion.safetensors --batch 128 --json");
  c->callback([s, &global] { run(*s, global); });
}

}  // namespace tenon::app
