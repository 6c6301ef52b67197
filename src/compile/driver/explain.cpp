#include "compile/driver/explain.h"

#include <cctype>
#include <set>
#include <unordered_set>

#include "expr/analyse.h"
#include "expr/formula_text.h"
#include "expr/text.h"

namespace tenon {

namespace {

/// A parameter's name as a word of the formula language; empty where it looks like one of those made up here.
std::string word_of(std::string name) {
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  const bool made_up = std::string_view("txy").find(name.substr(0, 1)) != std::string_view::npos && name.size() > 1 &&
                       std::ranges::all_of(name.substr(1), [](unsigned char c) { return std::isdigit(c) != 0; });
  const bool begins = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0;
  return begins && !made_up && name != "y" ? name : "";
}

/// What the buffers of a kernel are called: results y or y0, y1 …; operands as the function's parameters, or x0, x1 ….
std::vector<std::string> buffer_names(const Node& n) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (std::size_t k = 0; k < n.outputs(); ++k) names.push_back(n.outputs() == 1 ? "y" : fmt::format("y{}", k));
  for (std::size_t k = 0; k < n.args().size(); ++k) {
    const Node* source = root_of(n.args()[k]).node().get();
    const std::string own = source->is_parameter() ? word_of(source->name()) : "";
    names.push_back(!own.empty() && taken.insert(own).second ? own : fmt::format("x{}", k));
  }
  return names;
}

std::string formula_of(const codegen::Stage& stage, const std::vector<std::string>& names) {
  const auto name = [&](std::int32_t buffer) {
    const auto k = static_cast<std::size_t>(buffer);
    return k < names.size() ? names[k] : fmt::format("t{}", k - names.size());
  };
  expr::FormulaNames all{.target = name(stage.result)};
  for (const std::int32_t buffer : stage.operands) all.operands.push_back(name(buffer));
  all.operand_indices.resize(stage.operands.size());
  if (auto text = expr::to_formula(stage.e, all)) return *text;
  return expr::to_text(stage.e);
}

ScheduleFacts facts_of(const schedule::Candidate& c) {
  ScheduleFacts facts{c.schedule.name, {}, c.at_once, c.cycles, c.declined, c.remarks};
  for (const schedule::Step& step : c.schedule.steps) facts.steps.push_back(schedule::to_text(step));
  return facts;
}

void add_traffic(KernelFacts& facts, const Node& n) {
  const auto bytes = [](const Type& t) { return static_cast<double>(bytes_of(t.dtype, element_count(t.shape))); };
  for (const Type& t : n.types()) facts.written += bytes(t);
  std::unordered_set<Value, ValueHash> seen;
  for (const Value& v : n.args())
    if (seen.insert(root_of(v)).second) facts.read += bytes(v.type());
}

/// Dot products have the largest peak of all that a kernel computes, f64 the least.
void note_arithmetic(DType& type, const expr::Expr& e, const schedule::Schedule& s) {
  const bool dots = std::ranges::find(s.steps, schedule::Step::Kind::Tensorize, &schedule::Step::kind) != s.steps.end();
  const bool halves = std::ranges::find(e.in, DType::BF16, &Type::dtype) != e.in.end();
  const DType computed = e.reducer == expr::Reducer::None ? e.type().dtype : e.accumulate;
  if (dots)
    type = halves ? DType::BF16 : DType::I8;
  else if (computed == DType::F64 && type == DType::F32)
    type = DType::F64;
}

KernelFacts facts_of(const codegen::KernelSource& source, const Node& n) {
  KernelFacts facts{.symbol = source.symbol};
  const std::vector<std::string> kernel_names = buffer_names(n);
  const auto schedules = codegen::schedules(source);
  std::size_t next = 0;
  for (std::size_t p = 0; p < source.parts.size(); ++p) {
    std::vector<std::string> names;  // of the part's buffers
    for (const std::int32_t buffer : source.buffers[p]) names.push_back(kernel_names[static_cast<std::size_t>(buffer)]);
    for (const codegen::Stage& stage : source.parts[p].stages) {
      StageFacts& s = facts.stages.emplace_back(
          StageFacts{.formula = formula_of(stage, names), .flops = expr::cost_of(stage.e).flops, .schedules = {}});
      for (const schedule::Candidate& c : schedules[next].candidates) s.schedules.push_back(facts_of(c));
      facts.operations += schedules[next++].operations;
      note_arithmetic(facts.arithmetic, stage.e, schedules[next - 1].candidates[0].schedule);
    }
  }
  add_traffic(facts, n);
  return facts;
}

void note_nodes(const Lowered& lowered, const Kernels& kernels, std::vector<const Node*>& nodes) {
  for (const Step& step : lowered.steps) {
    for (const Lowered& body : step.bodies) note_nodes(body, kernels, nodes);
    const auto known = kernels.of.find(step.node);
    if (known != kernels.of.end() && nodes[known->second] == nullptr) nodes[known->second] = step.node;
  }
}

}  // namespace

std::vector<KernelFacts> kernel_facts(const Lowered& lowered, const Kernels& kernels) {
  std::vector<const Node*> nodes(kernels.sources.size());
  note_nodes(lowered, kernels, nodes);
  std::vector<KernelFacts> all;
  for (std::size_t k = 0; k < nodes.size(); ++k) all.push_back(facts_of(kernels.sources[k], *nodes[k]));
  return all;
}

}  // namespace tenon
