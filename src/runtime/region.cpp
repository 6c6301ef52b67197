#include "runtime/region.h"

#include <chrono>
#include <cstring>

#include "base/thread_pool.h"
#include "runtime/check.h"
#include "runtime/profile.h"
#include "runtime/scratch.h"
#include "tensor/index_error.h"

namespace tenon::runtime {

namespace {

using Addresses = SmallVector<void*, 16>;
using Operands = std::span<void* const>;

[[noreturn]] void fail_on(const KernelCall& call, const Fault& fault) {
  const std::string message =
      fmt::format("{}: index {} is out of range for dimension {} of operand {}, which has extent {}", call.label,
                  fault.index, fault.dimension, fault.operand, fault.extent);
  throw IndexError(message, IndexError(call.label, {.index = fault.index, .high = fault.extent}));
}

Addresses listed(Operands operands) {
  Addresses list;
  for (void* p : operands) list.push_back(p);
  return list;
}

void run_part(const KernelCall& call, KernelFn fn, Operands buffers, i64 begin, i64 end) {
  Fault fault;
  std::int32_t status;
  if (call.scratch == 0) {
    status = fn(buffers.data(), begin, end, &fault);
  } else {
    Addresses all = listed(buffers);
    all.push_back(scratch(call.scratch));
    status = fn(all.data(), begin, end, &fault);
  }
  if (status != 0) fail_on(call, fault);
}

void run_generated(const KernelCall& call, KernelFn fn, Operands buffers) {
  if (call.extent <= call.grain || tenon::threads() == 1) return run_part(call, fn, buffers, 0, call.extent);
  parallel_for(call.extent, call.grain, [&](i64 begin, i64 end) { run_part(call, fn, buffers, begin, end); });
}

/// `part` of a kernel: run or check.
void run_special(const KernelCall& call, const std::function<void(const SpecialArgs&)>& part,
                 std::span<void* const> buffers) {
  const std::size_t outs = call.special->out.size(), ins = call.special->in.size();
  auto* workspace = buffers.size() > outs + ins ? static_cast<std::byte*>(buffers[outs + ins]) : nullptr;
  i64 count = 0;
  try {
    part({{const_cast<const void* const*>(buffers.data()) + outs, ins}, buffers.first(outs), workspace, &count});
  } catch (const IndexError&) {
    throw;
  } catch (const Error& e) {
    if (std::string_view(e.what()).starts_with(call.label + ":")) throw;  // of the operator itself
    fail("{}: {}", call.label, e.what());
  }
}

SpecialKernel special_kernel(const Region& r, std::span<const Array> constants, const KernelCall& call,
                             SpecialMaker reference) {
  const SpecialCall& special = *call.special;
  SpecialMaker make = special.kernel == kReference ? reference : find_special(special.kernel);
  require(make != nullptr, "the program needs the kernel {} of {}, which is not known here", special.kernel,
          call.label);
  SpecialKernel kernel = make(special);
  const bool has_workspace = call.buffers.size() > special.out.size() + special.in.size();
  const i64 workspace = has_workspace ? bytes_at(r, constants, call.buffers.back()) : 0;
  require(kernel.workspace <= workspace, "the program gives the kernel {} {} bytes to work in; it needs {}",
          special.kernel, workspace, kernel.workspace);
  return kernel;
}

void copy(void* to, const void* from, i64 bytes) {
  if (bytes > 0 && to != from) std::memmove(to, from, static_cast<std::size_t>(bytes));
}

void* moved(void* p, i64 bytes) { return static_cast<std::byte*>(p) + bytes; }

/// The states of a loop. Each step reads them where they are and writes the next ones to the other of two places, one
/// of which is the output.
class States {
 public:
  States(const Region& body, std::size_t count, const ControlLayout& layout, Operands outputs, Operands operands,
         std::byte* workspace)
      : body_(body), outputs_(outputs) {
    for (std::size_t k = 0; k < count; ++k) {
      now_.push_back(operands[k]);
      spare_.push_back(layout.states[k] < 0 ? nullptr : workspace + layout.states[k]);
    }
  }
  void* now(std::size_t k) const { return now_[k]; }
  /// The outputs are the next places of states in every second step from the last of an even, or else odd, number.
  void* next(std::size_t k, bool to_output) const {
    return spare_[k] == nullptr ? nullptr : to_output ? outputs_[k] : spare_[k];
  }
  void step(bool to_output) {
    for (std::size_t k = 0; k < now_.size(); ++k)
      if (spare_[k] != nullptr) now_[k] = next(k, to_output);
  }
  void finish() const {
    for (std::size_t k = 0; k < now_.size(); ++k) copy(outputs_[k], now_[k], memory_of(body_.outputs[k].type));
  }

 private:
  const Region& body_;
  Operands outputs_;
  Addresses now_, spare_;
};

void run_while(const KernelCall& call, const WhileCall& loop, std::span<const ReadyRegion> regions, Operands outputs,
               Operands operands, std::byte* workspace) {
  const ControlLayout layout = layout_of(*call.control);
  States states(loop.body, operands.size(), layout, outputs, operands, workspace);
  Addresses in = listed(operands), out = listed(outputs);
  void* const condition = workspace + layout.condition;
  std::byte* const arena = workspace + layout.arena;
  for (i64 k = 0; loop.bound == 0 || k < loop.bound; ++k) {
    for (std::size_t s = 0; s < in.size(); ++s) in[s] = states.now(s);
    const Frame frame{{in.data(), in.size()}, {&condition, 1}, arena};
    regions[0].run(frame);
    if (*static_cast<const std::uint8_t*>(condition) == 0) break;
    require(loop.bound > 0 || k < loop.cap,
            "{}: the condition still holds after {} iterations; make it become false, or give a bound if that is meant",
            call.label, loop.cap);
    const bool to_output = k % 2 == 0;
    for (std::size_t s = 0; s < out.size(); ++s) out[s] = states.next(s, to_output);
    regions[1].run({frame.inputs, {out.data(), out.size()}, arena});
    states.step(to_output);
  }
  states.finish();
}

void run_scan(const KernelCall& call, const ScanCall& loop, const ReadyRegion& body, Operands outputs,
              Operands operands, std::byte* workspace) {
  const ControlLayout layout = layout_of(*call.control);
  const auto carried = static_cast<std::size_t>(loop.carried);
  const std::size_t last = carried + static_cast<std::size_t>(loop.sequences);
  States states(loop.body, carried, layout, outputs, operands, workspace);
  Addresses in = listed(operands), out = listed(outputs);
  SmallVector<i64, 8> read, written;  // bytes of the slices
  for (std::size_t k = carried; k < last; ++k) read.push_back(memory_of(loop.body.inputs[k]));
  for (std::size_t k = carried; k < out.size(); ++k) written.push_back(memory_of(loop.body.outputs[k].type));
  for (i64 step = 0; step < loop.steps; ++step) {
    const i64 t = loop.reverse ? loop.steps - 1 - step : step;
    const bool to_output = (loop.steps - step) % 2 == 1;
    for (std::size_t k = 0; k < carried; ++k) in[k] = states.now(k), out[k] = states.next(k, to_output);
    for (std::size_t k = carried; k < last; ++k) in[k] = moved(operands[k], t * read[k - carried]);
    for (std::size_t k = carried; k < out.size(); ++k) out[k] = moved(outputs[k], t * written[k - carried]);
    body.run({{in.data(), in.size()}, {out.data(), out.size()}, workspace + layout.arena});
    states.step(to_output);
  }
  states.finish();
}

void run_control(const KernelCall& call, std::span<const ReadyRegion> regions, Operands buffers) {
  const ControlCall& control = *call.control;
  const std::size_t outs = control.outputs(), ins = control.operands();
  const Operands outputs = buffers.first(outs), operands = buffers.subspan(outs, ins);
  auto* workspace = buffers.size() > outs + ins ? static_cast<std::byte*>(buffers[outs + ins]) : nullptr;
  if (std::holds_alternative<IfCall>(control.flow)) {
    const bool taken = *static_cast<const std::uint8_t*>(operands[0]) != 0;
    return regions[taken ? 0 : 1].run({operands.subspan(1), outputs, workspace});
  }
  if (const auto* loop = std::get_if<WhileCall>(&control.flow))
    return run_while(call, *loop, regions, outputs, operands, workspace);
  run_scan(call, std::get<ScanCall>(control.flow), regions[0], outputs, operands, workspace);
}

}  // namespace

ReadyRegion::ReadyRegion(const Region& r, const RegionContext& context) : region_(&r), constants_(context.constants) {
  for (const KernelCall& call : r.calls) code_.push_back(code_of(call, context));
}

ReadyRegion::Code ReadyRegion::code_of(const KernelCall& call, const RegionContext& context) const {
  Code code;
  if (call.special) {
    code.special = special_kernel(*region_, constants_, call, context.reference);
    check_in_place(*region_, call, code.special);
  } else if (call.control) {
    for (const Region* inner : call.control->regions()) code.regions.emplace_back(*inner, context);
  } else {
    code.generated = context.find(call.symbol);
    require(code.generated != nullptr, "the program's code lacks the kernel {}", call.symbol);
  }
  return code;
}

void* ReadyRegion::address(const Buffer& b, const Frame& frame) const {
  const auto k = static_cast<std::size_t>(b.index);
  switch (b.where) {
    case Buffer::Where::Input: return moved(frame.inputs[k], b.offset);
    case Buffer::Where::Output: return moved(frame.outputs[k], b.offset);
    case Buffer::Where::Constant: return moved(const_cast<void*>(constants_[k].raw()), b.offset);
    case Buffer::Where::Arena: break;
  }
  return frame.arena + b.offset;
}

ReadyRegion::Buffers ReadyRegion::buffers_of(const KernelCall& call, const Frame& frame) const {
  Buffers buffers;
  for (const Buffer& b : call.buffers) buffers.push_back(address(b, frame));
  return buffers;
}

void ReadyRegion::run(const Frame& frame) const {
  for (std::size_t k = 0; k < code_.size(); ++k) run_call(k, frame);
  for (std::size_t k = 0; k < region_->outputs.size(); ++k) {
    const OutputPlan& o = region_->outputs[k];
    if (o.alias && frame.outputs[k] != nullptr) copy(frame.outputs[k], address(*o.alias, frame), memory_of(o.type));
  }
}

void ReadyRegion::run_call(std::size_t k, const Frame& frame) const {
  const KernelCall& call = region_->calls[k];
  const Buffers buffers = buffers_of(call, frame);
  if (call.control) return run_control(call, code_[k].regions, {buffers.data(), buffers.size()});
  Profile* profile = Profile::current();
  const auto start = profile ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  if (code_[k].generated)
    run_generated(call, code_[k].generated, {buffers.data(), buffers.size()});
  else
    run_special(call, code_[k].special.run, {buffers.data(), buffers.size()});
  if (!profile) return;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  profile->add({call.label, call.schedule, seconds, call.flops, call.bytes, call.symbol});
}

void ReadyRegion::check_call(std::size_t k, const Frame& frame) const {
  if (!code_[k].special.check) return;
  const Buffers buffers = buffers_of(region_->calls[k], frame);
  run_special(region_->calls[k], code_[k].special.check, {buffers.data(), buffers.size()});
}

}  // namespace tenon::runtime
