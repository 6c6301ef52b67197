#include "codegen/compile.h"

#include <llvm/IR/LLVMContext.h>

#include <algorithm>
#include <cmath>

#include "codegen/kernel.h"
#include "codegen/target.h"
#include "expr/analyse.h"
#include "loop/transform.h"
#include "schedule/schedule.h"

namespace tenon::codegen {

namespace {

/// What a thread should have to do at least: about ten microseconds' worth of arithmetic or memory traffic.
constexpr double kFlopsPerThread = 4e5, kBytesPerThread = 1e5;

i64 grain_of(const expr::Cost& cost, i64 trips) {
  double threads = std::max(cost.flops / kFlopsPerThread, cost.bytes / kBytesPerThread);
  return std::clamp<i64>(static_cast<i64>(std::ceil(static_cast<double>(trips) / std::max(threads, 1.0))), 1, trips);
}

struct Scheduled {
  loop::Nest nest;
  std::string name;
};

Scheduled scheduled(const expr::Expr& e, const Processor& target) {
  loop::Nest nest = loop::lower(e);
  schedule::Schedule s = schedule::choose(nest, target);
  return {schedule::apply(std::move(nest), s), s.name};
}

KernelInfo info_of(const KernelSource& source, const Scheduled& s) {
  KernelInfo info;
  info.symbol = source.symbol;
  info.schedule = s.name;
  bool parallel = !s.nest.loops.empty() && s.nest.loops[0].kind == loop::LoopKind::Parallel;
  info.extent = parallel ? std::max<i64>(s.nest.loops[0].trips, 1) : 1;
  expr::Cost cost = expr::cost_of(source.e);
  info.flops = cost.flops;
  info.bytes = cost.bytes;
  info.grain = grain_of(cost, info.extent);
  return info;
}

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
  Compiled result;
  for (const KernelSource& k : kernels) {
    Scheduled s = scheduled(k.e, target);
    Kernel(code, s.nest).emit(k.symbol);
    result.kernels.push_back(info_of(k, s));
  }
  result.object = to_object(module, target);
  return result;
}

Stages stages(const KernelSource& kernel, const Processor& target) {
  Stages text;
  loop::Nest nest = loop::lower(kernel.e);
  text.loops = loop::to_text(nest);
  schedule::Schedule s = schedule::choose(nest, target);
  nest = schedule::apply(std::move(nest), s);
  text.scheduled_loops = schedule::to_text(s) + loop::to_text(nest);
  llvm::LLVMContext context;
  llvm::Module module("tenon", context);
  set_target(module, target);
  Code code(module, target);
  Kernel(code, nest).emit(kernel.symbol);
  text.llvm = text_of(module);
  text.assembly = to_assembly(module, target);
  return text;
}

}  // namespace tenon::codegen
