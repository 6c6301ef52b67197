// tenon bisect: the first pass or kernel that changes a number.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/common.h"
#include "app/cli/function_file.h"
#include "compile/bisect.h"
#include "compile/compiler.h"
#include "compile/executable.h"
#include "interpret/interpret.h"

namespace tenon::app {

namespace {

using nlohmann::ordered_json;

struct BisectOptions {
  std::string file, passes = "inference";
  std::vector<std::string> inputs, extents;
  double looser = 1;
  i64 batch = 1;
  bool kernels = false;
};

[[noreturn]] void report(const char* kind, const Divergence& d, const Global& global) {
  if (global.json) {
    print_json({{"event", "divergence"},
                {"kind", kind},
                {"name", d.name},
                {"difference", to_string(d.difference)},
                {"before", to_text(d.before)},
                {"after", to_text(d.after)}});
  } else {
    print_line(fmt::format("// before {}\n{}", d.name, to_text(d.before)));
    print_line(fmt::format("// after {}\n{}", d.name, to_text(d.after)));
  }
  fail("the {} {} changes the value: {}", kind, d.name, to_string(d.difference));
}

void report_agreement(std::size_t passes, const Global& global) {
  if (global.json)
    print_json({{"event", "agreement"}, {"passes", passes}});
  else
    print_line(fmt::format("the same after each of {} passes, and compiled", passes));
}

void run(const BisectOptions& o, const Global& global) {
  FunctionFile file = read_function(o.file, o.batch);
  file.f = with_extents(file.f, o.extents);
  const std::vector<Array> in = arguments_of(file, o.inputs, &global.seed);
  file.f = with_values(file.f, values_of_unknowns(file.f, in));
  std::vector<NamedFunction> stages;
  for (PassReport& p : compiler().optimise(file.f, o.passes)) stages.push_back({p.name, std::move(p.after)});
  if (auto d = first_wrong_stage(file.f, stages, in, o.looser)) report("pass", *d, global);
  const Function& last = stages.back().f;
  if (o.kernels)
    if (auto d = first_wrong_kernel(last, in, o.looser)) report("kernel", *d, global);
  if (auto d = first_difference(executable(file.f, "bisection")->run(in), interpret(file.f, in), o.looser,
                                interpreter_tolerance(file.f)))
    report("program", {file.f.name, file.f, last, *d}, global);
  report_agreement(stages.size(), global);
}

}  // namespace

void add_bisect(CLI::App& app, const Global& global) {
  auto o = std::make_shared<BisectOptions>();
  CLI::App* c = app.add_subcommand("bisect", "Find the first pass or kernel that changes a function's value");
  c->add_option("FILE", o->file,
                "A function as text (docs/graphs.md), an ONNX model, or a model that tenon train wrote")
      ->required();
  c->add_option("--input", o->inputs, "The array for a parameter, by its name or position; others are random")
      ->type_name("NAME=FILE");
  c->add_option("--passes", o->passes, "Names of passes and pipelines, separated by commas; see tenon opt --list")
      ->type_name("NAME,NAME")
      ->capture_default_str();
  c->add_flag("--kernels", o->kernels, "Also each kernel by itself, on the interpreter's operands");
  c->add_option("--looser", o->looser, "How many times the usual tolerance")
      ->type_name("X")
      ->check(CLI::Range(0.0, 1e12))
      ->capture_default_str();
  c->add_option("--extent", o->extents, "The value of an unknown extent, where no input says it")->type_name("NAME=N");
  c->add_option("--batch", o->batch, "Samples that the graph of a model takes at once")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  c->footer(
      "Values are judged by the interpreter. Where one differs, the function before and after is printed, and the exit "
      "code is 1.\n"
      "Examples:\n"
      "  tenon bisect f.ir\n"
      "  tenon bisect f.ir --input x=x.npy --kernels --passes=training\n"
      "  tenon bisect fashion.safetensors --seed 3 --json");
  c->callback([o, &global] { run(*o, global); });
}

}  // namespace tenon::app
