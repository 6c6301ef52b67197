// Kernels of several nests: stages one after another for each block of rows, and parts side by side.
//
// A part is an LLVM function of type runtime::KernelFn over buffers of its own; equal parts share one. A kernel of one
// part is that function; a kernel of several calls each for its share of the range.
#pragma once
#include <utility>
#include <vector>

#include "codegen/compile.h"
#include "codegen/kernel.h"
#include "schedule/schedule.h"

namespace tenon::codegen {

/// The nests of a part and how they are run.
struct PartPlan {
  std::vector<loop::Nest> nests;  ///< by stage
  /// How these are run. A nest without reduction may have become several side by side.
  std::vector<loop::Nest> scheduled;
  std::vector<schedule::Schedule> schedules;
  std::vector<std::size_t> stage_of;  ///< by scheduled nest
  bool staged = false;                ///< one nest after another in each block; else the part is one nest
  std::vector<i64> given;             ///< extents of the indices that the given loops run over
  i64 rows = 1, block = 1;            ///< the last of these, and how many of them make a block
  i64 extent = 1;                     ///< trips of the outermost loop: blocks, or those of the nest's parallel loop
  i64 blocks_of_rows() const { return (rows + block - 1) / block; }
  std::string name() const;  ///< one line
};
PartPlan plan_part(const Part& part, const Processor& target);

class Assembler {
 public:
  explicit Assembler(Code& code) : c_(code) {}
  KernelInfo emit(const KernelSource& source);

 private:
  struct Emitted {
    Part part;
    llvm::Function* function;
    PartPlan plan;
    i64 scratch;
  };
  const Emitted& emitted(const Part& part);
  Frame emit_part(const Part& part, const PartPlan& plan, const std::string& symbol, bool exported);
  void emit_blocks(const Part& part, const PartPlan& plan, Frame& frame);
  void emit_stages(const Part& part, const PartPlan& plan, Frame& frame, const std::vector<llvm::Value*>& buffers,
                   const std::vector<llvm::Value*>& counters, i64 span);
  std::pair<llvm::Value*, llvm::Value*> share_of(const Frame& frame, i64 first, i64 extent);
  llvm::Value* share_of(const Emitted& part, const std::vector<std::int32_t>& buffers, i64 first, const Frame& frame);

  Code& c_;
  std::vector<std::unique_ptr<Emitted>> parts_;
};

}  // namespace tenon::codegen
