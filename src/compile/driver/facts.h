// Passes, pipelines and rules as plain data.
#pragma once
#include <string_view>
#include <vector>

#include "compile/optimise.h"

namespace tenon {

std::vector<PassFacts> pass_facts();
std::vector<PipelineFacts> pipeline_facts();
std::vector<RuleFacts> rule_facts();
/// As Compiler::optimise.
std::vector<PassReport> pass_reports(const Function& f, std::string_view passes, bool explain);

}  // namespace tenon
