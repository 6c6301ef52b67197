// tenon formula: what a formula means, what it costs, its gradients, and what the compiler makes of it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/common.h"
#include "app/cli/formula_report.h"
#include "base/thread_pool.h"
#include "compile/ceilings.h"
#include "compile/compiler.h"
#include "compile/executable.h"
#include "interpret/interpret.h"

namespace tenon::app {

namespace {

using nlohmann::ordered_json;

constexpr double kShortest = 0.2;  ///< seconds of repetition

// Rough rates, which say in advance what would take too long: points per second of a contraction and of anything else,
// steps per second of the interpreter.
constexpr double kContractionRate = 1e10, kRate = 2e8, kInterpreterRate = 6e7;
constexpr double kMostSeconds = 60, kMostChecking = 4;
constexpr double kMostBytes = 0x1p30;

struct FormulaOptions {
  std::string text, shapes, dtype = "f32";
  std::optional<std::string> stage;
  bool grad = false, loops = false, run = false;
};

std::string role_text(const RoleReport& r) {
  std::string indices;
  for (const std::string& i : r.indices) indices += (indices.empty() ? "" : ", ") + i;
  return fmt::format("{} {} ({})", r.role, grouped(r.extent), indices);
}

std::string kind_text(const StatementReport& s) {
  std::string text = s.kind;
  for (const RoleReport& r : s.roles) text += (r.role == s.roles[0].role ? ": " : ", ") + role_text(r);
  if (!s.note.empty()) text += fmt::format(" (no contraction: {})", s.note);
  return text;
}

/// "196,608 FLOP = 2 x 98,304 points (64 i x 48 j x 32 k); 26,624 bytes, 7.38 FLOP per byte"
std::string cost_text(const StatementReport& s) {
  std::string box;
  for (const expr::FormulaIndex& i : s.indices)
    box += fmt::format("{}{} {}", box.empty() ? "" : " x ", i.extent, i.name);
  const expr::Cost& c = s.holding;
  const char* about = c.exact ? "" : "at most ";
  const double each = c.points > 0 ? c.flops / c.points : 0;
  std::string text = fmt::format("{}{} FLOP", about, count_text(c.flops));
  text += each >= 1 && each == std::floor(each) ? fmt::format(" = {} x ", count_text(each)) : " at ";
  if (c.points == 0 && s.box.points > 0)
    text += "0 of ";
  else if (c.points < s.box.points)
    text += fmt::format("{} where conditions hold of ", count_text(c.points));
  text += fmt::format("{} points{}; {}{} bytes", count_text(s.box.points), box.empty() ? "" : " (" + box + ")", about,
                      count_text(c.bytes));
  return c.bytes > 0 ? text + fmt::format(", {:.2f} FLOP per byte", c.intensity()) : text;
}

/// Says of what is no formula what it is.
std::string statement_text(const StatementReport& s) {
  using enum StatementReport::Form;
  if (s.form == Formula) return "  " + s.text;
  if (s.form == Operator) return fmt::format("  {}, by an operator that is no formula:\n    {}", s.name, s.text);
  std::string operands;
  for (std::size_t k = 0; k < s.operands.size(); ++k)
    if (s.text.find(fmt::format("x{}[", k)) != std::string::npos)
      operands += fmt::format("{}x{} is {}", operands.empty() ? ", where " : ", ", k, s.operands[k]);
  return fmt::format("  {}, by an expression that no formula says{}:\n    {}", s.name, operands, s.text);
}

std::string_view name_of(StatementReport::Form form) {
  using enum StatementReport::Form;
  return form == Formula ? "formula" : form == Operator ? "operator" : "expression";
}

void print_statement(const StatementReport& s, bool with_sources) {
  print_line(statement_text(s));
  if (with_sources)
    for (const expr::FormulaIndex& i : s.indices)
      print_line(fmt::format("    {} in {}:{}, {}{}", i.name, i.low, i.low + i.extent,
                             i.reduced ? (s.reducer.empty() ? "sum" : s.reducer) : "parallel",
                             i.source == "where" ? "" : ", from " + i.source));
  print_line(fmt::format("    {} is {}", s.name, s.type));
  if (!s.kind.empty()) print_line(fmt::format("    {}\n    {}", kind_text(s), cost_text(s)));
}

void print_text(const FormulaReport& r) {
  for (const NamedTensor& t : r.operands) print_line(fmt::format("{} {}", t.name, t.type));
  print_line(r.operands.empty() ? "as understood" : "\nas understood");
  for (const StatementReport& s : r.statements) print_statement(s, true);
  for (const GradientReport& g : r.gradients) {
    print_line(fmt::format("\ngradient by {}{}", g.operand, g.zero ? ": zero everywhere" : ""));
    for (const StatementReport& s : g.statements) print_statement(s, false);
  }
}

ordered_json to_json(const expr::Cost& c) {
  return {{"points", c.points}, {"flops", c.flops}, {"bytes", c.bytes}, {"exact", c.exact}};
}

ordered_json to_json(const StatementReport& s) {
  ordered_json indices = ordered_json::array(), roles = ordered_json::object();
  for (const expr::FormulaIndex& i : s.indices)
    indices.push_back({{"name", i.name},
                       {"low", to_string(i.low)},
                       {"extent", to_string(i.extent)},
                       {"reduced", i.reduced},
                       {"from", i.source}});
  for (const RoleReport& role : s.roles) roles[role.role] = {{"extent", role.extent}, {"indices", role.indices}};
  ordered_json j{{"name", s.name},
                 {"form", name_of(s.form)},
                 {"text", s.text},
                 {"type", to_string(s.type)},
                 {"expression", s.expression},
                 {"operands", s.operands}};
  if (s.kind.empty()) return j;
  j.update({{"indices", indices},
            {"reducer", s.reducer},
            {"kind", s.kind},
            {"roles", roles},
            {"box", to_json(s.box)},
            {"holding", to_json(s.holding)}});
  return j;
}

ordered_json to_json(const std::vector<StatementReport>& statements) {
  ordered_json list = ordered_json::array();
  for (const StatementReport& s : statements) list.push_back(to_json(s));
  return list;
}

void print_report(const FormulaReport& r) {
  ordered_json operands = ordered_json::object(), gradients = ordered_json::array();
  for (const NamedTensor& t : r.operands) operands[t.name] = to_string(t.type);
  for (const GradientReport& g : r.gradients)
    gradients.push_back({{"operand", g.operand}, {"zero", g.zero}, {"statements", to_json(g.statements)}});
  print_json({{"event", "formula"},
              {"operands", operands},
              {"result", to_string(r.function.results[0].type())},
              {"statements", to_json(r.statements)},
              {"gradients", gradients}});
}

/// The loops of each kernel as scheduled, and the plan that says which statement each one is.
void print_loops(const Function& f, const Global& global) {
  ordered_json kernels = ordered_json::array();
  std::string plan;
  for (const auto& [name, text] : compiler().stages(f)) {
    if (name == "program") plan = text;
    if (!name.ends_with(" scheduled")) continue;
    const std::string kernel = name.substr(0, name.find(' '));
    if (global.json)
      kernels.push_back({{"kernel", kernel}, {"loops", text}});
    else
      print_line(fmt::format("\n{}\n{}", kernel, text));
  }
  if (global.json)
    print_json({{"event", "loops"}, {"kernels", kernels}, {"program", plan}});
  else
    print_line("\nprogram\n" + plan);
}

/// Largest difference of two results, by the largest element.
double difference(const std::vector<Array>& a, const std::vector<Array>& b) {
  double worst = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    double most = 0, scale = 0;
    for (i64 i = 0; i < a[k].count(); ++i) {
      const double x = a[k].at(i).as_double(), y = b[k].at(i).as_double();
      if (std::isfinite(y)) scale = std::max(scale, std::abs(y));
      if (x == y || (std::isnan(x) && std::isnan(y))) continue;
      most = std::isfinite(x - y) ? std::max(most, std::abs(x - y)) : HUGE_VAL;
    }
    worst = std::max(worst, most > 0 ? most / std::max(scale, 1e-30) : 0);
  }
  return worst;
}

/// Best of enough runs.
double seconds_of(const Executable& program, const std::vector<Array>& in) {
  using Clock = std::chrono::steady_clock;
  double best = HUGE_VAL;
  const auto start = Clock::now();
  do {
    const auto from = Clock::now();
    program.run(in);
    best = std::min(best, std::chrono::duration<double>(Clock::now() - from).count());
  } while (Clock::now() - start < std::chrono::duration<double>(kShortest));
  return best;
}

/// Relative rounding of the widest sum that is computed in a type of this precision.
double tolerance_of(DType t) {
  switch (t) {
    case DType::F64: return 1e-11;
    case DType::F32: return 1e-4;
    case DType::F16: return 2e-3;
    case DType::BF16: return 2e-2;
    case DType::F8E4M3FN:
    case DType::F8E4M3FNUZ: return 0.25;
    case DType::F8E5M2:
    case DType::F8E5M2FNUZ: return 0.5;
    default: return 0;
  }
}

struct RunCost {
  double points = 0, flops = 0, bytes = 0, seconds = 0, checking = 0;  ///< seconds to run, to interpret: rough
};

RunCost run_cost(const FormulaReport& r) {
  RunCost c;
  auto add_type = [&](const Type& t) {
    double elements = 1;
    for (const Dim d : t.shape) elements *= static_cast<double>(d);
    c.bytes += elements * bits_of(t.dtype) / 8;
  };
  auto add = [&](const std::vector<StatementReport>& statements) {
    for (const StatementReport& s : statements) {
      c.points += s.box.points;
      c.flops += s.holding.flops;
      c.seconds += s.box.points / (s.roles.empty() ? kRate : kContractionRate);
      c.checking += s.steps / kInterpreterRate;
      add_type(s.type);
    }
  };
  for (const Value& v : r.function.parameters) add_type(v.type());
  add(r.statements);
  for (const GradientReport& g : r.gradients) add(g.statements);
  return c;
}

std::string duration_text(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  return seconds < 7200 ? fmt::format("{:.0f} min", seconds / 60) : fmt::format("{:.3g} h", seconds / 3600);
}

void require_runnable(const RunCost& c) {
  constexpr std::string_view kTry = "give smaller extents in --shapes, or leave --run out: the counts do not need it";
  require(c.bytes <= kMostBytes, "--run: operands and results would have {} bytes, and at most {} are filled; {}",
          count_text(c.bytes), count_text(kMostBytes), kTry);
  require(c.seconds <= kMostSeconds, "--run: {} points would take about {}, and at most {} are spent; {}",
          count_text(c.points), duration_text(c.seconds), duration_text(kMostSeconds), kTry);
}

void print_run(const FormulaReport& r, const Global& global) {
  const std::vector<Array> in = random_operands(r, global.seed);
  const auto program = executable(r.function);
  const std::vector<Array> out = program->run(in);
  const RunCost cost = run_cost(r);
  const double seconds = seconds_of(*program, in);
  double tolerance = 0;
  for (const Array& a : out) tolerance = std::max(tolerance, tolerance_of(a.dtype()));
  const bool checked = cost.checking <= kMostChecking;
  const std::string unchecked = fmt::format("the interpreter would take about {}, and at most {} are spent",
                                            duration_text(cost.checking), duration_text(kMostChecking));
  const double rate = cost.flops / seconds, ceiling = measured_peak(DType::F32, threads());
  const double off = checked ? difference(out, interpret(r.function, in)) : 0;
  if (global.json) {
    ordered_json j{
        {"event", "run"}, {"seconds", seconds}, {"flops_per_second", rate}, {"ceiling", ceiling}, {"checked", checked}};
    if (checked)
      j["difference"] = off;
    else
      j["unchecked"] = unchecked;
    print_json(j);
  } else {
    print_line(fmt::format("\nrun with random operands (seed {}): {:.3g} s, {:.3g} GFLOP/s", global.seed, seconds,
                           rate / 1e9));
    print_line(fmt::format("{} of the {:.3g} GFLOP/s that {} thread{} can multiply and add in f32",
                           percent(rate / ceiling), ceiling / 1e9, threads(), threads() == 1 ? "" : "s"));
    print_line(checked ? fmt::format("largest difference to the interpreter: {:.2g} of the largest element", off)
                       : "not compared: " + unchecked);
  }
  expect(off <= tolerance, "compiled code and interpreter give the same");
}

void run(const FormulaOptions& o, const Global& global) {
  const FormulaReport r = report_formula(o.text, parse_shapes(o.shapes, o.dtype), o.grad);
  if (o.run || o.loops || o.stage)
    require(is_concrete(r.function), "--{}: extents must be numbers", o.run ? "run" : o.loops ? "loops" : "stage");
  if (o.run) require_runnable(run_cost(r));
  if (o.stage)
    print_stages(r.function, o.stage, global);
  else if (global.json)
    print_report(r);
  else
    print_text(r);
  if (o.loops) print_loops(r.function, global);
  if (o.run) print_run(r, global);
}

}  // namespace

void add_formula(CLI::App& app, const Global& global) {
  auto o = std::make_shared<FormulaOptions>();
  CLI::App* c = app.add_subcommand("formula", "Explain a formula: ranges, gradients, cost, loops");
  c->add_option("formula", o->text, "Statements such as 'C[i,j] += A[i,k]*B[k,j]', separated by ';'")->required();
  c->add_option(
       "--shapes", o->shapes,
       "Shapes of the operands: A=64x32, or with an element type B=i64[32,48]; s=[] is a scalar. ?n is an unknown "
       "extent, ?n:4..64 one with bounds: A=?nx32, B=f32[?n,?max:4..64]")
      ->type_name("A=NxM,...");
  c->add_option("--dtype", o->dtype, "Element type of shapes without one")->type_name("TYPE")->capture_default_str();
  c->add_flag("--grad", o->grad, "Also the gradients by each operand of floats");
  c->add_flag("--loops", o->loops, "Also the loops that the compiler chooses");
  c->add_flag("--run", o->run,
              "Also run it on random operands, and compare with the interpreter where that takes seconds");
  c->add_option("--stage", o->stage,
                "One stage of the compiler in place of the explanation, by its name in tenon inspect --stages")
      ->type_name("NAME");
  c->footer(
      "docs/formulas.md describes the language.\n"
      "Examples:\n"
      "  tenon formula \"C[i,j] += A[i,k]*B[k,j]\" --shapes A=64x32,B=32x48\n"
      "  tenon formula \"Y[n,f,p] += pad(X[n,c,2*p + r - 1], 0)*W[f,c,r] where p in 0:16\" --shapes X=8x3x32,W=4x3x3 "
      "--grad\n"
      "  tenon formula \"m[i] max= x[i,j]; e[i,j] = exp(x[i,j] - m[i]); s[i] += e[i,j]; y[i,j] = e[i,j]/s[i]\" "
      "--shapes x=64x10 --loops\n"
      "  tenon formula \"y[i,j] = T[{ids[i]},j]\" --shapes T=100x16,ids=i64[8] --run --seed 3 --json");
  c->callback([o, &global] { run(*o, global); });
}

}  // namespace tenon::app
