#include "compile/driver/facts.h"

#include "pass/pipeline.h"
#include "pass/rules.h"

namespace tenon {

std::vector<PassFacts> pass_facts() {
  std::vector<PassFacts> list;
  for (const Pass& p : all_passes()) list.push_back({std::string(p.name), std::string(p.doc), p.bodies});
  return list;
}

std::vector<PipelineFacts> pipeline_facts() {
  std::vector<PipelineFacts> list;
  for (const Pipeline& p : pipelines()) {
    PipelineFacts& facts = list.emplace_back(PipelineFacts{std::string(p.name), std::string(p.doc), {}});
    for (const Pass* pass : p.passes) facts.passes.emplace_back(pass->name);
  }
  return list;
}

std::vector<RuleFacts> rule_facts() {
  std::vector<RuleFacts> list;
  for (const AlgebraRule& r : all_rules())
    list.push_back({r.rule.name(), std::string(r.theme), std::string(name_of(r.exactness))});
  return list;
}

std::vector<PassReport> pass_reports(const Function& f, std::string_view passes, bool explain) {
  std::vector<PassReport> reports;
  PassOptions options;
  options.explain = explain;
  options.verify = true;
  run_passes(f, passes_of(passes), options, [&](PassRun& run, const Function& after) {
    reports.push_back(
        {run.name, run.seconds, run.remarks.changes(), run.remarks.list(), run.remarks.left_out(), after});
  });
  return reports;
}

}  // namespace tenon
