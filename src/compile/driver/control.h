// Control-flow operators in programs.
#pragma once
#include "ir/graph.h"
#include "runtime/control.h"

namespace tenon {

/// The functions that a branch or loop runs, in the order of ControlCall::regions; none of any other operator.
std::vector<FunctionPtr> bodies_of(const Op& op);

/// The call of a branch or loop whose functions have become `regions`.
runtime::ControlCall control_call(const Node& node, std::vector<runtime::Region> regions);

/// "loop of 5 steps, in reverse", for schedules.
std::string describe(const runtime::ControlCall& call);

/// "then" and "else", "condition" and "body", or "body".
std::vector<std::string_view> region_names(const runtime::ControlCall& call);

}  // namespace tenon
