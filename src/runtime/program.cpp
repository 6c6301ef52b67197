#include "runtime/program.h"

#include <chrono>

#include "base/thread_pool.h"
#include "runtime/profile.h"

namespace tenon::runtime {

namespace {

void check_buffer(const ProgramData& d, const Buffer& b, std::size_t earlier_outputs) {
  auto k = static_cast<std::size_t>(b.index);
  bool ok = b.index >= 0 && b.offset >= 0;
  switch (b.where) {
    case Buffer::Where::Input: ok = ok && k < d.inputs.size(); break;
    case Buffer::Where::Output: ok = ok && k < earlier_outputs; break;
    case Buffer::Where::Constant: ok = ok && k < d.constants.size(); break;
    case Buffer::Where::Arena: ok = ok && b.offset <= d.arena_bytes; break;
  }
  require(ok, "the program refers to memory that it does not have");
}

[[noreturn]] void fail_on(const KernelCall& call, const Fault& fault) {
  fail("{}: index {} is out of range for dimension {} of operand {}, which has extent {}", call.label, fault.index,
       fault.dimension, fault.operand, fault.extent);
}

void run_call(const KernelCall& call, KernelFn fn, void* const* buffers) {
  Fault fault;
  if (call.extent <= call.grain || tenon::threads() == 1) {
    if (fn(buffers, 0, call.extent, &fault) != 0) fail_on(call, fault);
    return;
  }
  parallel_for(call.extent, call.grain, [&](i64 begin, i64 end) {
    Fault mine;
    if (fn(buffers, begin, end, &mine) != 0) fail_on(call, mine);
  });
}

void run_timed(const KernelCall& call, KernelFn fn, void* const* buffers, Profile& profile) {
  auto start = std::chrono::steady_clock::now();
  run_call(call, fn, buffers);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  profile.add({call.label, call.schedule, seconds, call.flops, call.bytes});
}

}  // namespace

void check(const ProgramData& d) {
  for (std::size_t k = 0; k < d.outputs.size(); ++k)
    if (d.outputs[k].alias) check_buffer(d, *d.outputs[k].alias, k);
  for (const KernelCall& call : d.calls) {
    require(!call.buffers.empty() && call.extent >= 0 && call.grain >= 1, "the program has a malformed kernel call");
    for (const Buffer& b : call.buffers) check_buffer(d, b, d.outputs.size());
  }
}

Program::Program(ProgramData data) : data_(std::move(data)) {
  check(data_);
  if (data_.calls.empty()) return;
  code_ = Object::load(data_.object);
  for (const KernelCall& call : data_.calls) {
    functions_.push_back(code_->find(call.symbol));
    require(functions_.back() != nullptr, "the program's code lacks the kernel {}", call.symbol);
  }
}

std::vector<Array> Program::run(std::span<const Array> given) const {
  require(given.size() == data_.inputs.size(), "the program takes {} inputs, given {}", data_.inputs.size(), given.size());
  std::vector<Array> inputs;
  inputs.reserve(given.size());
  for (std::size_t k = 0; k < given.size(); ++k) {
    require(given[k].type() == data_.inputs[k], "input {} is {}, the program was compiled for {}", k, given[k].type(),
            data_.inputs[k]);
    inputs.push_back(given[k].to_contiguous());
  }
  std::vector<Array> outputs;
  outputs.reserve(data_.outputs.size());
  for (const OutputPlan& o : data_.outputs) {
    if (!o.alias) {
      outputs.emplace_back(o.type);
      continue;
    }
    auto from = static_cast<std::size_t>(o.alias->index);
    const Array& source = o.alias->where == Buffer::Where::Input      ? inputs[from]
                          : o.alias->where == Buffer::Where::Constant ? data_.constants[from]
                                                                      : outputs[from];
    outputs.push_back(source.reshaped(o.type.shape));
  }
  auto arena = Storage::allocate(data_.arena_bytes);

  auto address = [&](const Buffer& b) -> void* {
    auto k = static_cast<std::size_t>(b.index);
    switch (b.where) {
      case Buffer::Where::Input: return static_cast<std::byte*>(inputs[k].raw()) + b.offset;
      case Buffer::Where::Output: return static_cast<std::byte*>(outputs[k].raw()) + b.offset;
      case Buffer::Where::Constant: return const_cast<void*>(data_.constants[k].raw());
      case Buffer::Where::Arena: break;
    }
    return arena->data() + b.offset;
  };
  Profile* profile = Profile::current();
  SmallVector<void*, 16> buffers;
  for (std::size_t c = 0; c < data_.calls.size(); ++c) {
    const KernelCall& call = data_.calls[c];
    buffers.clear();
    for (const Buffer& b : call.buffers) buffers.push_back(address(b));
    if (profile)
      run_timed(call, functions_[c], buffers.data(), *profile);
    else
      run_call(call, functions_[c], buffers.data());
  }
  return outputs;
}

}  // namespace tenon::runtime
