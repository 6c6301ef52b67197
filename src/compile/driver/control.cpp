#include "compile/driver/control.h"

#include "op/control/if.h"
#include "op/control/scan.h"
#include "op/control/while.h"

namespace tenon {

std::vector<FunctionPtr> bodies_of(const Op& op) {
  if (const If* i = get_if<If>(op)) return {i->then_branch, i->else_branch};
  if (const While* w = get_if<While>(op)) return {w->condition, w->body};
  if (const ScanLoop* s = get_if<ScanLoop>(op)) return {s->body};
  return {};
}

runtime::ControlCall control_call(const Node& node, std::vector<runtime::Region> regions) {
  if (get_if<If>(node.op())) return {runtime::IfCall{std::move(regions[0]), std::move(regions[1])}};
  if (const While* w = get_if<While>(node.op()))
    return {runtime::WhileCall{std::move(regions[0]), std::move(regions[1]), w->bound, w->cap}};
  const ScanLoop& s = *get_if<ScanLoop>(node.op());
  std::vector<Operand> operands;
  for (const Value& v : node.args()) operands.push_back({v.type()});
  return {runtime::ScanCall{std::move(regions[0]), s.carried, s.sequences, s.steps(operands).value(), s.reverse}};
}

std::string describe(const runtime::ControlCall& call) {
  if (std::holds_alternative<runtime::IfCall>(call.flow)) return "branch";
  if (const auto* w = std::get_if<runtime::WhileCall>(&call.flow))
    return w->bound > 0 ? fmt::format("loop of at most {} steps", w->bound) : "loop";
  const auto& s = std::get<runtime::ScanCall>(call.flow);
  return fmt::format("loop of {} steps{}", s.steps, s.reverse ? ", in reverse" : "");
}

std::vector<std::string_view> region_names(const runtime::ControlCall& call) {
  if (std::holds_alternative<runtime::IfCall>(call.flow)) return {"then", "else"};
  if (std::holds_alternative<runtime::WhileCall>(call.flow)) return {"condition", "body"};
  return {"body"};
}

}  // namespace tenon
