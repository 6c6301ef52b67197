#include "codegen/compile.h"

#include <llvm/IR/LLVMContext.h>

#include "codegen/assembler.h"
#include "codegen/target.h"

namespace tenon::codegen {

namespace {

std::string text_of(const llvm::Module& module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << module;
  return text;
}

}  // namespace

Compiled compile(std::span<const KernelSource> kernels, const Processor& target) {
  llvm::LLVMContext context;
  llvm::Module module("tenon", context);
  set_target(module, target);
  Code code(module, target);
  Assembler assembler(code);
  Compiled result;
  for (const KernelSource& k : kernels) result.kernels.push_back(assembler.emit(k));
  result.object = to_object(module, target);
  return result;
}

Stages stages(const KernelSource& kernel, const Processor& target) {
  Stages text;
  for (const Part& part : kernel.parts) {
    const PartPlan plan = plan_part(part, target);
    for (const loop::Nest& nest : plan.nests) text.loops += loop::to_text(nest);
    for (std::size_t k = 0; k < plan.scheduled.size(); ++k)
      text.scheduled_loops += schedule::to_text(plan.schedules[k]) + loop::to_text(plan.scheduled[k]);
  }
  llvm::LLVMContext context;
  llvm::Module module("tenon", context);
  set_target(module, target);
  Code code(module, target);
  Assembler(code).emit(kernel);
  text.llvm = text_of(module);
  text.assembly = to_assembly(module, target);
  return text;
}

std::vector<StageSchedules> schedules(const KernelSource& kernel, const Processor& target) {
  std::vector<StageSchedules> all;
  for (const Part& part : kernel.parts) {
    const PartPlan plan = plan_part(part, target);
    for (std::size_t s = 0; s < part.stages.size(); ++s) {
      StageSchedules& stage = all.emplace_back();
      stage.candidates = plan.staged ? schedule::alternatives_in_block(plan.nests[s], target)
                                     : schedule::alternatives(plan.nests[s], target);
      if (plan.staged)
        for (schedule::Candidate& c : stage.candidates) c.cycles *= static_cast<double>(plan.extent);
      stage.candidates[0].schedule = plan.schedules[s];
      stage.operations = schedule::operations_of(loop::lower(part.stages[s].e));
    }
  }
  return all;
}

}  // namespace tenon::codegen
