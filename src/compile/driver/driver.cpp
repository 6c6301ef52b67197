// The compiler library's entry: passes, kernels, code, program.
#include <cstdlib>

#include "codegen/probes.h"
#include "compile/compiler.h"
#include "compile/driver/control.h"
#include "compile/driver/explain.h"
#include "compile/driver/facts.h"
#include "compile/driver/lower.h"
#include "expr/text.h"
#include "ir/text.h"
#include "pass/pipeline.h"

namespace tenon {

namespace {

std::string place_text(const runtime::Buffer& b) {
  constexpr const char* names[] = {"input", "output", "arena", "constant"};
  std::string s = names[static_cast<int>(b.where)];
  return b.where == runtime::Buffer::Where::Arena ? fmt::format("{}+{}", s, b.offset)
                                                  : fmt::format("{} {}", s, b.index);
}

/// "output 0, arena+64 <- input 0   sort {axis=-1} (sort; runtime kernel)"
std::string call_text(const runtime::KernelCall& call) {
  std::string s;
  const std::size_t operands = call.special   ? call.special->in.size()
                               : call.control ? call.control->operands()
                                              : call.buffers.size();
  for (std::size_t k = 0; k < call.buffers.size(); ++k) {
    const char* before = k == 0 ? "" : k == call.outputs() ? " <- " : ", ";
    const bool workspace = k == call.outputs() + operands;
    s += fmt::format("{}{}{}", before, workspace ? "workspace " : "", place_text(call.buffers[k]));
  }
  if (call.buffers.size() == call.outputs()) s += " <-";
  if (call.control) return s + fmt::format("   {} ({})\n", call.label, call.schedule);
  const std::string code =
      call.special ? call.special->kernel + " " + runtime::to_string(call.special->parameters) : call.symbol;
  return s + fmt::format("   {} ({}; {})\n", code, call.label, call.schedule);
}

void add_calls(std::string& s, const runtime::Region& r, std::size_t indent) {
  for (const runtime::KernelCall& call : r.calls) {
    s += std::string(indent, ' ') + call_text(call);
    if (!call.control) continue;
    const auto regions = call.control->regions();
    const auto names = region_names(*call.control);
    for (std::size_t k = 0; k < regions.size(); ++k) {
      s += fmt::format("{:{}}{}: arena {} bytes\n", "", indent + 2, names[k], regions[k]->arena_bytes);
      add_calls(s, *regions[k], indent + 4);
      for (std::size_t o = 0; o < regions[k]->outputs.size(); ++o)
        if (const auto& alias = regions[k]->outputs[o].alias)
          s += fmt::format("{:{}}output {} <- {}\n", "", indent + 4, o, place_text(*alias));
    }
  }
}

std::string plan_text(const runtime::ProgramData& p) {
  std::string s = fmt::format("arena {} bytes\n", p.arena_bytes);
  add_calls(s, p, 0);
  return s;
}

std::string expression_text(const codegen::KernelSource& source) {
  std::string s;
  for (const codegen::Part& part : source.parts)
    for (const codegen::Stage& stage : part.stages) s += expr::to_loops(stage.e);
  return s;
}

class Driver final : public Compiler {
 public:
  runtime::ProgramData compile(const Function& f, const Replacements& replacements,
                               std::string_view pipeline) override {
    const Pipeline& chosen = pipeline.empty() ? pipeline_for(replacements) : find_pipeline(pipeline);
    const Function simple = run_passes(f, chosen.passes);
    const Lowered region = lowered(simple, replacements);
    const Kernels kernels = kernels_of(region);
    return tenon::bind(region, kernels, codegen::compile(kernels.sources));
  }

  std::vector<std::pair<std::string, std::string>> stages(const Function& f) override {
    std::vector<std::pair<std::string, std::string>> list{{"recorded", to_text(f)}};
    const Function simple = run_passes(f, pipeline_for({}).passes, {}, [&](const PassRun& run, const Function& after) {
      list.emplace_back(run.name, to_text(after));
    });
    const Lowered region = lowered(simple, {});
    const Kernels kernels = kernels_of(region);
    for (const auto& source : kernels.sources) {
      codegen::Stages s = codegen::stages(source);
      list.emplace_back(source.symbol + " expression", expression_text(source));
      list.emplace_back(source.symbol + " loops", s.loops);
      list.emplace_back(source.symbol + " scheduled", s.scheduled_loops);
      list.emplace_back(source.symbol + " llvm", s.llvm);
      list.emplace_back(source.symbol + " assembly", s.assembly);
    }
    list.emplace_back("program", plan_text(tenon::bind(region, kernels, codegen::compile(kernels.sources))));
    return list;
  }

  std::vector<KernelFacts> explain(const Function& f) override {
    const Function simple = run_passes(f, pipeline_for({}).passes);
    const Lowered region = lowered(simple, {});
    return kernel_facts(region, kernels_of(region));
  }

  std::vector<PassFacts> passes() override { return pass_facts(); }
  std::vector<PipelineFacts> pipelines() override { return pipeline_facts(); }
  std::vector<RuleFacts> rules() override { return rule_facts(); }
  std::vector<PassReport> optimise(const Function& f, std::string_view passes, bool explain) override {
    return pass_reports(f, passes, explain);
  }
  runtime::Probes probes() override { return codegen::probes(); }

 private:
  static const Pipeline& pipeline_for(const Replacements& replacements) {
    return find_pipeline(replacements.empty() ? "inference" : "training");
  }
};

}  // namespace

extern "C" Compiler* tenon_compiler() {
  static Driver driver;
  return &driver;
}

}  // namespace tenon
