// tenon run: a function applied to arrays from files.
#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/common.h"
#include "app/cli/function_file.h"
#include "app/cli/run.h"
#include "compile/executable.h"
#include "interpret/interpret.h"
#include "tensor/npy.h"

namespace tenon::app {

namespace {

std::size_t result_called(const Function& f, const std::string& name) {
  std::size_t k = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), k);
  const bool whole = error == std::errc() && end == name.data() + name.size();
  require(whole && k < f.results.size(), "--output: function {} has no result '{}'; its {} results are numbered from 0",
          f.name, name, f.results.size());
  return k;
}

void print_results(const std::vector<Array>& results, const Global& global) {
  for (std::size_t k = 0; k < results.size(); ++k) {
    const std::string text = to_string(results[k]);
    if (global.json)
      print_json({{"event", "result"}, {"result", k}, {"type", to_string(results[k].type())}, {"text", text}});
    else
      print_line(fmt::format("result {}: {}", k, text));
  }
}

void run(const RunOptions& o, const Global& global) {
  if (is_onnx(o.file)) return run_onnx(o, global);
  require(o.repeat == 0 && o.output_dir == ".", "--repeat and --output-dir are for ONNX models");
  FunctionFile file = read_function(o.file, o.batch);
  file.f = with_extents(file.f, o.extents);
  std::vector<std::pair<std::size_t, std::string>> outputs;
  for (const std::string& output : o.outputs) {
    const auto [name, path] = name_and_path(output, "--output");
    require_suffix(path, "npy", "--output");
    outputs.emplace_back(result_called(file.f, name), path);
  }
  const std::vector<Array> in = arguments_of(file, o.inputs, o.random ? &global.seed : nullptr);
  const std::vector<Array> results = o.interpreted ? interpret(file.f, in) : executable(file.f)->run(in);
  for (const auto& [k, path] : outputs) write_npy(path, results[k]);
  if (outputs.empty()) print_results(results, global);
}

}  // namespace

void add_run(CLI::App& app, const Global& global) {
  auto o = std::make_shared<RunOptions>();
  CLI::App* c = app.add_subcommand("run", "Apply a function or a model to arrays from files");
  c->add_option("FILE", o->file,
                "A function as text (docs/graphs.md), a model that tenon train wrote, or an ONNX model")
      ->required();
  c->add_option("--input", o->inputs, "The array for a parameter, by its name or position; NumPy's .npy")
      ->type_name("NAME=FILE");
  c->add_option("--output", o->outputs, "Where to write a result, by its position; else results are printed")
      ->type_name("N=FILE");
  c->add_flag("--random", o->random,
              "Random values for parameters without --input (floats in -2 to 2, integers 0 or 1)");
  c->add_option("--extent,--dim", o->extents, "The value of an unknown extent, where no input says it")
      ->type_name("NAME=N");
  c->add_option("--output-dir", o->output_dir, "Where NAME.npy is written for each output of an ONNX model")
      ->type_name("DIR")
      ->capture_default_str();
  c->add_option("--repeat", o->repeat, "Run an ONNX model so often again, and print how long it takes")
      ->check(CLI::Range(1, 1 << 30));
  c->add_option("--batch", o->batch, "Samples that the graph of a model takes at once")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  c->add_flag("--interpret", o->interpreted, "By the interpreter, which is slow and obvious, instead of compiled code");
  c->footer(
      "Examples:\n"
      "  tenon run f.ir --input x=x.npy --input w=w.npy --output 0=y.npy\n"
      "  tenon run f.ir --input 0=x.npy --interpret\n"
      "  tenon run model.onnx --input image=photo.npy --output-dir results\n"
      "  tenon run model.onnx --random --dim batch=8 --repeat 100 --json\n"
      "  tenon run f.ir --random --seed 3 --extent n=8 --json");
  c->callback([o, &global] { run(*o, global); });
}

}  // namespace tenon::app
