// Kernels as facts for people.
#pragma once
#include "compile/driver/lower.h"
#include "compile/explain.h"

namespace tenon {

/// By number of kernel.
std::vector<KernelFacts> kernel_facts(const Lowered& lowered, const Kernels& kernels);

}  // namespace tenon
