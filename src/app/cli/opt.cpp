// tenon opt: passes over a function, what each did and declined.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/cli/common.h"
#include "app/cli/function_file.h"
#include "base/suggest.h"
#include "compile/compiler.h"

namespace tenon::app {

namespace {

using nlohmann::ordered_json;

struct OptOptions {
  std::string file, passes = "inference";
  std::optional<std::string> dump_after;
  i64 batch = 1;
  bool explain = false, timing = false, list = false, rules = false;
};

std::size_t nodes_of(const Function& f) {
  return static_cast<std::size_t>(
      std::ranges::count_if(topological(f.results), [](const Node* n) { return !n->is_parameter(); }));
}

void print_list(const Global& global) {
  const auto pipelines = compiler().pipelines();
  const auto passes = compiler().passes();
  if (global.json) {
    for (const PassFacts& p : passes)
      print_json({{"event", "pass"}, {"name", p.name}, {"doc", p.doc}, {"bodies", p.bodies}});
    for (const PipelineFacts& p : pipelines)
      print_json({{"event", "pipeline"}, {"name", p.name}, {"doc", p.doc}, {"passes", p.passes}});
    return;
  }
  print_line("passes; with *, also inside of the functions that loops and branches hold");
  for (const PassFacts& p : passes) print_line(fmt::format("{} {:18} {}", p.bodies ? "*" : " ", p.name, p.doc));
  print_line("\npipelines");
  for (const PipelineFacts& p : pipelines) {
    print_line(fmt::format("  {:18} {}", p.name, p.doc));
    for (const std::string& pass : p.passes) print_line(fmt::format("  {:18}   {}", "", pass));
  }
}

void print_rules(const Global& global) {
  std::string theme;
  for (const RuleFacts& r : compiler().rules()) {
    if (global.json) {
      print_json({{"event", "rule"}, {"theme", r.theme}, {"exactness", r.exactness}, {"name", r.name}});
      continue;
    }
    if (r.theme != theme) print_line(fmt::format("{}{}", theme.empty() ? "" : "\n", r.theme));
    theme = r.theme;
    print_line(fmt::format("  {:14} {}", r.exactness, r.name));
  }
}

void print_pass(const PassReport& p, bool dumped, const OptOptions& o, const Global& global) {
  if (global.json) {
    ordered_json j{{"event", "pass"}, {"name", p.name}, {"changes", p.changes}, {"nodes", nodes_of(p.after)}};
    if (o.timing) j["seconds"] = p.seconds;
    if (o.explain) {
      j["remarks"] = ordered_json::array();
      for (const Remark& r : p.remarks)
        j["remarks"].push_back({{"done", r.done}, {"text", r.text}, {"times", r.times}});
    }
    if (dumped) j["text"] = to_text(p.after);
    return print_json(j);
  }
  if (o.timing || o.explain) {
    const std::string time = o.timing ? fmt::format(", {:.2f} ms", 1e3 * p.seconds) : "";
    print_line(fmt::format("// {}: {} changes, {} nodes{}", p.name, p.changes, nodes_of(p.after), time));
  }
  for (const Remark& r : p.remarks) {
    const std::string times = r.times > 1 ? fmt::format(" ({} times)", r.times) : "";
    print_line(fmt::format("//   {} {}{}", r.done ? "+" : "-", r.text, times));
  }
  if (p.left_out > 0) print_line(fmt::format("//   and {} more", p.left_out));
  if (dumped) print_line(fmt::format("// after {}\n{}", p.name, to_text(p.after)));
}

void run(const OptOptions& o, const Global& global) {
  if (o.list) return print_list(global);
  if (o.rules) return print_rules(global);
  require(!o.file.empty(), "opt: there is no FILE; give a function as text or a model, or --list or --rules");
  const Function f = read_function(o.file, o.batch).f;
  const auto reports = compiler().optimise(f, o.passes, o.explain);
  std::vector<std::string> names;
  for (const PassReport& p : reports) names.push_back(p.name);
  const bool all = o.dump_after == "all";
  require(!o.dump_after || all || std::ranges::find(names, *o.dump_after) != names.end(),
          "--dump-after: no pass of this run is called '{}'; there are: all, {}", o.dump_after.value_or(""),
          listed(names));
  double seconds = 0;
  for (const PassReport& p : reports) {
    print_pass(p, all || (o.dump_after && p.name == *o.dump_after), o, global);
    seconds += p.seconds;
  }
  if (o.timing && !global.json) print_line(fmt::format("// {} passes: {:.2f} ms", reports.size(), 1e3 * seconds));
  if (o.dump_after) return;
  const std::string text = to_text(reports.back().after);
  if (global.json)
    print_json({{"event", "graph"}, {"format", "text"}, {"text", text}});
  else
    print_line(text);
}

}  // namespace

void add_opt(CLI::App& app, const Global& global) {
  auto o = std::make_shared<OptOptions>();
  CLI::App* c = app.add_subcommand("opt", "Run the compiler's passes over a function, and say what each did");
  c->add_option("FILE", o->file,
                "A function as text (docs/graphs.md), an ONNX model, or a model that tenon train wrote");
  c->add_option("--passes", o->passes, "Names of passes and pipelines, separated by commas; see --list")
      ->type_name("NAME,NAME")
      ->capture_default_str();
  c->add_option("--dump-after", o->dump_after, "Print the function after this pass, or after all of them")
      ->type_name("NAME|all");
  c->add_flag("--explain", o->explain, "Say what each pass did (+), and what it declined and why (-)");
  c->add_flag("--timing", o->timing, "Say how long each pass took");
  c->add_option("--batch", o->batch, "Samples that the graph of a model takes at once")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  c->add_flag("--list", o->list, "List passes and pipelines");
  c->add_flag("--rules", o->rules, "List the rules of the pass simplify, with how exact each is");
  c->footer(
      "What is printed is a function again; all else stands in comments.\n"
      "Examples:\n"
      "  tenon opt f.ir --passes=simplify,merge_equal\n"
      "  tenon opt f.ir --passes=training --dump-after=fuse_formulas --explain\n"
      "  tenon opt fashion.safetensors --timing\n"
      "  tenon opt --list");
  c->callback([o, &global] { run(*o, global); });
}

}  // namespace tenon::app
