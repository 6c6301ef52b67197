// From expressions to machine code.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "expr/expr.h"
#include "machine/processor.h"

namespace tenon::codegen {

/// One kernel to be made: operand buffers in the order of e.in.
struct KernelSource {
  std::string symbol;
  expr::Expr e;
};

struct KernelInfo {
  std::string symbol;
  i64 extent = 1, grain = 1;  ///< of the outermost parallel loop: see runtime::KernelCall
  double flops = 0, bytes = 0;
  std::string schedule;  ///< one line: "contraction 14x32 …"
};

struct Compiled {
  std::vector<std::byte> object;  ///< ELF relocatable
  std::vector<KernelInfo> kernels;
};

/// Throws InternalError where LLVM refuses what was emitted.
Compiled compile(std::span<const KernelSource> kernels, const Processor& target = host_processor());

/// The stages of one kernel as text, for documentation and debugging.
struct Stages {
  std::string loops, scheduled_loops, llvm, assembly;
};
Stages stages(const KernelSource& kernel, const Processor& target = host_processor());

}  // namespace tenon::codegen
