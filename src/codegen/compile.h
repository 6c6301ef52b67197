// From expressions to machine code.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "expr/expr.h"
#include "machine/processor.h"
#include "schedule/schedule.h"
#include "tensor/layout.h"

namespace tenon::codegen {

/// One expression of a part. Numbers of buffers: the part's outputs, then its operands, then temporaries.
struct Stage {
  expr::Expr e;
  std::vector<std::int32_t> operands;  ///< in the order of e.in
  std::int32_t result = 0;             ///< an output or a temporary
  std::vector<Layout> layouts = {};    ///< how operands lie, in the order of e.in; empty: all row-major
  friend bool operator==(const Stage&, const Stage&) = default;
};

/// Expressions that are computed in turn for one block of rows after another: what one stage writes is in the cache,
/// or the only place where it ever is, when the next one reads it.
struct Part {
  std::vector<Stage> stages;
  /// The first `rows` parallel indices that vary are the same in all stages, and a stage reads what another has written
  /// only at its own row. 0: one stage by itself, or several of which each is finished before the next begins.
  std::int32_t rows = 0;
  std::int32_t outputs = 1, operands = 0;  ///< numbers of buffers
  friend bool operator==(const Part&, const Part&) = default;
};

/// One kernel to be made, of parts that do not depend on each other. `buffers` says for each part which of the kernel's
/// buffers (outputs, then operands) its own are.
struct KernelSource {
  std::string symbol;
  std::vector<Part> parts;
  std::vector<std::vector<std::int32_t>> buffers;

  KernelSource() = default;
  /// One expression: buffers in the order output, e.in.
  KernelSource(std::string name, expr::Expr e);
  /// But for the symbol.
  bool same_code(const KernelSource& o) const { return parts == o.parts && buffers == o.buffers; }
  std::uint64_t hash() const;  ///< likewise
};

struct KernelInfo {
  std::string symbol;
  i64 extent = 1, grain = 1;  ///< of the outermost parallel loops: see runtime::KernelCall
  i64 scratch = 0;            ///< likewise
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

/// What a stage costs and the schedules that it may have, the chosen one first. Cycles are those of all blocks of the
/// part.
struct StageSchedules {
  std::vector<schedule::Candidate> candidates;
  double operations = 0;  ///< schedule::operations_of
};
/// Of each stage, part by part.
std::vector<StageSchedules> schedules(const KernelSource& kernel, const Processor& target = host_processor());

}  // namespace tenon::codegen
