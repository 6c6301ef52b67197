// tenon explain: each kernel of a compiled function, its schedule, what was declined, and how fast it could be.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/common.h"
#include "app/cli/formula_report.h"
#include "app/cli/function_file.h"
#include "base/suggest.h"
#include "base/thread_pool.h"
#include "compile/ceilings.h"
#include "compile/executable.h"
#include "machine/processor.h"
#include "runtime/control.h"
#include "runtime/profile.h"

namespace tenon::app {

namespace {

using nlohmann::ordered_json;

constexpr double kLeastSeconds = 0.3;  ///< seconds of repetition
constexpr int kLeastRuns = 5;
constexpr std::size_t kListed = 6;  ///< alternatives of a stage, without --all

struct ExplainOptions {
  std::string what, shapes, dtype = "f32";
  std::vector<std::string> inputs, extents;
  i64 batch = 1;
  bool run = false, all = false;
};

/// What is to be explained, and values to run it on.
struct Subject {
  Function f;
  std::function<std::vector<Array>()> arguments;
};

/// The least time that the machine allows.
struct Bound {
  double seconds = 0, products = 0, memory = 0;  ///< the first is the larger one of the others
  double peak = 0, bandwidth = 0;
  std::string level;
  Access access = Access::Copy;
  bool by_memory() const { return memory > products; }
};

/// One kernel of the program: calls of equal code are one.
struct Kernel {
  std::string name, label, schedule;
  KernelFacts facts;  ///< stages: none of kernels that are not generated
  double flops = 0, bytes = 0;
  i64 calls = 0, extent = 1, grain = 1;
  Bound bound;
  double seconds = 0;  ///< measured
};

Subject subject_of(const ExplainOptions& o, const Global& global) {
  const bool is_file = std::filesystem::exists(o.what) || o.what.find('=') == std::string::npos;
  if (!is_file) {
    require(o.extents.empty() && o.inputs.empty(), "--{}: formulas have none; give their shapes with --shapes",
            o.extents.empty() ? "input" : "extent");
    auto report = std::make_shared<FormulaReport>(report_formula(o.what, parse_shapes(o.shapes, o.dtype), false));
    return {report->function, [report, &global] { return random_operands(*report, global.seed); }};
  }
  require(o.shapes.empty(), "--shapes: '{}' is a file, which says the shapes itself; --shapes is for formulas", o.what);
  auto file = std::make_shared<FunctionFile>(read_function(o.what, o.batch));
  file->f = with_extents(file->f, o.extents);
  return {file->f, [file, o, &global] { return arguments_of(*file, o.inputs, &global.seed); }};
}

/// Calls of a region that is run so many times, and of those inside. Of other loops than scans one iteration counts, of
/// a branch both sides.
void add_calls(const runtime::Region& region, i64 times, const std::map<std::string, KernelFacts>& facts,
               std::vector<Kernel>& all) {
  for (const runtime::KernelCall& call : region.calls) {
    if (call.control) {
      const auto* scan = std::get_if<runtime::ScanCall>(&call.control->flow);
      for (const runtime::Region* inner : call.control->regions())
        add_calls(*inner, times * (scan ? scan->steps : 1), facts, all);
      continue;
    }
    const std::string name = call.special ? call.special->kernel : call.symbol;
    auto known = std::ranges::find_if(all, [&](const Kernel& k) {
      return k.name == name && (!call.special || (k.label == call.label && k.bytes == call.bytes));
    });
    if (known == all.end()) {
      Kernel fresh{.name = name, .label = call.label, .schedule = call.schedule, .facts = {}, .bound = {}};
      fresh.flops = call.flops, fresh.bytes = call.bytes;
      fresh.extent = call.extent, fresh.grain = call.grain;
      if (const auto found = facts.find(call.symbol); found != facts.end()) fresh.facts = found->second;
      known = all.insert(all.end(), fresh);
    }
    known->calls += times;
  }
}

std::vector<Kernel> kernels_of(const Function& f, const runtime::Program& program) {
  std::map<std::string, KernelFacts> facts;
  for (const KernelFacts& k : compiler().explain(f)) facts[k.symbol] = k;
  std::vector<Kernel> all;
  add_calls(program.data(), 1, facts, all);
  return all;
}

/// How the larger part of the bytes moves. What is written to memory may be written past the caches.
Access access_of(const Kernel& k, const MemoryLevel& level, int threads) {
  constexpr double kMost = 0.95;
  const double all = k.facts.read + k.facts.written;
  if (all > 0 && k.facts.read > kMost * all) return Access::Read;
  const bool writes = all > 0 && k.facts.written > kMost * all;
  const Access cached = writes ? Access::Write : Access::Copy, past = writes ? Access::StreamWrite : Access::StreamCopy;
  if (level.size > 0) return cached;
  return measured_bandwidth(level, past, threads) > measured_bandwidth(level, cached, threads) ? past : cached;
}

/// Measures what it needs.
Bound bound_of(const Kernel& k) {
  const auto sharing = std::clamp<i64>(k.extent / std::max<i64>(k.grain, 1), 1, threads());
  const int used = sharing > 1 ? threads() : 1;
  const MemoryLevel& level = level_of(static_cast<i64>(k.bytes), sharing);
  Bound b;
  b.level = level.name;
  b.access = access_of(k, level, used);
  b.peak = measured_peak(k.facts.arithmetic, used);
  b.bandwidth = measured_bandwidth(level, b.access, used);
  b.products = std::max(k.facts.operations, k.flops) / b.peak;
  b.memory = k.bytes / b.bandwidth;
  b.seconds = std::max(b.products, b.memory);
  return b;
}

/// Fills in the time of one call of each kernel: the least of its means over runs of the program.
void measure(std::vector<Kernel>& kernels, const runtime::Program& program, const std::vector<Array>& in) {
  using Clock = std::chrono::steady_clock;
  for (Kernel& k : kernels) k.seconds = HUGE_VAL;
  const auto start = Clock::now();
  for (int run = 0; run < kLeastRuns || Clock::now() - start < std::chrono::duration<double>(kLeastSeconds); ++run) {
    runtime::Profile profile;
    program.run(in);
    for (Kernel& k : kernels) {
      double sum = 0;
      i64 calls = 0;
      for (const runtime::CallTime& t : profile.calls())
        if (k.facts.stages.empty() ? t.symbol.empty() && t.label == k.label && t.bytes == k.bytes : t.symbol == k.name)
          sum += t.seconds, ++calls;
      if (calls > 0) k.seconds = std::min(k.seconds, sum / static_cast<double>(calls));
    }
  }
  for (Kernel& k : kernels)
    if (std::isinf(k.seconds)) k.seconds = 0;  // in a branch that was not taken
}

std::string time_text(double seconds) {
  return seconds < 1e-3 ? fmt::format("{:.3g} us", 1e6 * seconds) : fmt::format("{:.3g} ms", 1e3 * seconds);
}
std::string counted(i64 n, const std::string& what) {
  return fmt::format("{} {}{}", grouped(n), what, n == 1 ? "" : "s");
}

void print_alternatives(const std::vector<ScheduleFacts>& schedules, bool all) {
  const std::size_t shown = all ? schedules.size() : std::min(schedules.size(), kListed + 1);
  for (std::size_t k = 0; k < shown; ++k) {
    const ScheduleFacts& s = schedules[k];
    print_line(fmt::format("    {:>13} cycles  {}, {} at once: {}", count_text(s.cycles), s.name, s.at_once,
                           s.declined.empty() ? "chosen" : "declined, " + s.declined));
    for (std::size_t step = 0; k == 0 && step < s.steps.size(); ++step)
      print_line(fmt::format("    {:13}           {}", "", s.steps[step]));
    for (std::size_t r = 0; k == 0 && r < s.remarks.size(); ++r)
      print_line(fmt::format("    {:13}         - {}", "", s.remarks[r]));
  }
  if (shown < schedules.size())
    print_line(fmt::format("    {:13}         and {} more; --all lists them", "", schedules.size() - shown));
}

/// "bound 979 us: 979 us for f32 products at 274.3 GFLOP/s; 24.6 us for L3 copy at 128.1 GB/s", the larger one first.
std::string bound_text(const Kernel& k) {
  const Bound& b = k.bound;
  const std::string memory = fmt::format("{} for {} {} at {:.4g} GB/s", time_text(b.memory), b.level,
                                         access_name(b.access), b.bandwidth / 1e9);
  if (b.products == 0) return fmt::format("bound {}", memory);
  const std::string functions =
      k.facts.operations > 1.01 * k.flops ? fmt::format(" ({} with functions)", count_text(k.facts.operations)) : "";
  const std::string products = fmt::format("{} for {} arithmetic{} at {:.4g} GFLOP/s", time_text(b.products),
                                           name_of(k.facts.arithmetic), functions, b.peak / 1e9);
  return fmt::format("bound {}; {}", b.by_memory() ? memory : products, b.by_memory() ? products : memory);
}

void print_kernel(const Kernel& k, const ExplainOptions& o) {
  const std::string calls = k.calls > 1 ? fmt::format(", called {} times", k.calls) : "";
  print_line(fmt::format("\n{}: {}{}\n  {}", k.name, k.label, calls, k.schedule));
  for (const StageFacts& s : k.facts.stages) {
    print_line("  " + s.formula);
    print_alternatives(s.schedules, o.all);
  }
  const std::string intensity = k.bytes > 0 ? fmt::format(", {:.3g} FLOP per byte", k.flops / k.bytes) : "";
  print_line(fmt::format("  {} FLOP, {} bytes{}", count_text(k.flops), count_text(k.bytes), intensity));
  print_line("  " + bound_text(k));
  if (!o.run) return;
  print_line(k.seconds > 0 ? fmt::format("  measured {}: {} of the bound", time_text(k.seconds),
                                         percent(k.bound.seconds / k.seconds))
                           : "  not measured: it did not run");
}

void print_text(const Function& f, const std::vector<Kernel>& kernels, const ExplainOptions& o) {
  double flops = 0, bytes = 0, bound = 0, seconds = 0;
  i64 calls = 0;
  for (const Kernel& k : kernels) {
    const auto n = static_cast<double>(k.calls);
    calls += k.calls;
    flops += n * k.flops, bytes += n * k.bytes;
    bound += n * k.bound.seconds, seconds += n * k.seconds;
  }
  print_line(fmt::format("{} on {}, {}", f.name, host_processor().name, counted(threads(), "thread")));
  const std::string measured =
      seconds > 0 ? fmt::format(", measured {}: {}", time_text(seconds), percent(bound / seconds)) : "";
  print_line(fmt::format("{} in {}: {} FLOP, {} bytes; bound {}{}", counted(static_cast<i64>(kernels.size()), "kernel"),
                         counted(calls, "call"), count_text(flops), count_text(bytes), time_text(bound), measured));
  for (const Kernel& k : kernels) print_kernel(k, o);
}

ordered_json to_json(const StageFacts& s) {
  ordered_json schedules = ordered_json::array();
  for (const ScheduleFacts& a : s.schedules)
    schedules.push_back({{"name", a.name},
                         {"steps", a.steps},
                         {"at_once", a.at_once},
                         {"cycles", a.cycles},
                         {"declined", a.declined},
                         {"remarks", a.remarks}});
  return {{"formula", s.formula}, {"flops", s.flops}, {"schedules", schedules}};
}

void print_object(const Kernel& k, const ExplainOptions& o) {
  ordered_json stages = ordered_json::array();
  for (const StageFacts& s : k.facts.stages) stages.push_back(to_json(s));
  const Bound& b = k.bound;
  ordered_json j{{"event", "kernel"},
                 {"name", k.name},
                 {"label", k.label},
                 {"calls", k.calls},
                 {"schedule", k.schedule},
                 {"flops", k.flops},
                 {"operations", std::max(k.facts.operations, k.flops)},
                 {"bytes", k.bytes},
                 {"bound",
                  {{"seconds", b.seconds},
                   {"by", b.by_memory() ? b.level : std::string(name_of(k.facts.arithmetic)) + " arithmetic"},
                   {"arithmetic_seconds", b.products},
                   {"memory_seconds", b.memory},
                   {"level", b.level},
                   {"access", access_name(b.access)},
                   {"operations_per_second", b.peak},
                   {"bytes_per_second", b.bandwidth}}},
                 {"stages", stages}};
  if (o.run && k.seconds > 0) j["seconds"] = k.seconds, j["attainment"] = b.seconds / k.seconds;
  print_json(j);
}

void run(const ExplainOptions& o, const Global& global) {
  require(o.run || o.inputs.empty(), "--input: values are needed by --run only, which is not given");
  const Subject subject = subject_of(o, global);
  require(is_concrete(subject.f), "function {} has unknown extents: {}; give numbers{}", subject.f.name,
          listed(unknowns(subject.f)), o.shapes.empty() ? " with --extent NAME=N" : " in --shapes");
  const auto whole = executable(subject.f);
  require(whole->program() != nullptr,
          "function {} is no single program: some operator's result has a size that depends on data, and runs between "
          "programs; explain the parts by themselves",
          subject.f.name);
  std::vector<Kernel> kernels = kernels_of(subject.f, *whole->program());
  const std::vector<Array> in = o.run ? subject.arguments() : std::vector<Array>();
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    show_progress(static_cast<double>(k) / static_cast<double>(kernels.size()), "the limits of " + kernels[k].name);
    kernels[k].bound = bound_of(kernels[k]);
  }
  show_progress(1, "");
  if (o.run) measure(kernels, *whole->program(), in);
  if (!global.json) return print_text(subject.f, kernels, o);
  for (const Kernel& k : kernels) print_object(k, o);
}

}  // namespace

void add_explain(CLI::App& app, const Global& global) {
  auto o = std::make_shared<ExplainOptions>();
  CLI::App* c = app.add_subcommand("explain", "Say of each kernel what it does, why so, and how fast it could be");
  c->add_option("WHAT", o->what,
                "A function as text (docs/graphs.md), an ONNX model, a model that tenon train wrote, or a formula "
                "(docs/formulas.md)")
      ->required();
  c->add_option("--shapes", o->shapes, "Of a formula: shapes of its operands, as for tenon formula")
      ->type_name("A=NxM,...");
  c->add_option("--dtype", o->dtype, "Element type of shapes without one")->type_name("TYPE")->capture_default_str();
  c->add_flag("--run", o->run, "Also measure each kernel, and say which share of the bound it reaches");
  c->add_flag("--all", o->all, "List all schedules that were declined");
  c->add_option("--input", o->inputs, "With --run, the array for a parameter of a function; else values are random")
      ->type_name("NAME=FILE");
  c->add_option("--extent", o->extents, "The value of an unknown extent of a function")->type_name("NAME=N");
  c->add_option("--batch", o->batch, "Samples that the graph of a model takes at once")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  c->footer(
      "Measures those of the machine's limits that matter first. docs/kernels.md explains what is printed.\n"
      "Examples:\n"
      "  tenon explain \"C[i,j] += A[i,k]*B[k,j]\" --shapes A=512x512,B=512x512 --run\n"
      "  tenon explain model.safetensors --batch 64 --run --threads 1\n"
      "  tenon explain f.ir --extent n=8 --all --json");
  c->callback([o, &global] { run(*o, global); });
}

}  // namespace tenon::app
