// Code that measures what a processor can do at best.
#pragma once
#include <string>

#include "machine/processor.h"
#include "runtime/probe.h"

namespace tenon::codegen {

/// Products of f32, f64, bf16 and i8 by the best instruction for each that the target has, and every way of moving
/// memory.
runtime::Probes probes(const Processor& target = host_processor());
/// The same as assembly.
std::string probes_assembly(const Processor& target = host_processor());

}  // namespace tenon::codegen
