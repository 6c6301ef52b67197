// Reading the processor that this process runs on.
#pragma once
#include "machine/processor.h"

namespace tenon {

/// Fills in name, triple, cpu, features and the vector fields. One definition per architecture.
void describe_host_instructions(Processor& processor);

/// LLVM's name of an x86-64 processor by vendor ("AuthenticAMD", "GenuineIntel"), family and model as CPUID counts
/// them; empty where it is not known.
std::string x86_cpu_name(std::string_view vendor, unsigned family, unsigned model);

}  // namespace tenon
