#include "runtime/program.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/thread_pool.h"
#include "runtime/profile.h"
#include "tensor/index_error.h"

namespace tenon::runtime {

namespace {

i64 bytes_of(const Type& t) {
  const i64 count = element_count(t.shape);
  require(count < i64{1} << 59, "the program has a tensor {} that no memory holds", t);
  return tenon::bytes_of(t.dtype, count);
}

/// Bytes that lie behind the start of a buffer. Throws Error where there is no such memory.
i64 bytes_at(const ProgramData& d, const Buffer& b, std::size_t outputs) {
  auto k = static_cast<std::size_t>(b.index);
  i64 bytes = -1;
  switch (b.where) {
    case Buffer::Where::Input: bytes = b.index >= 0 && k < d.inputs.size() ? bytes_of(d.inputs[k]) : -1; break;
    case Buffer::Where::Output: bytes = b.index >= 0 && k < outputs ? bytes_of(d.outputs[k].type) : -1; break;
    case Buffer::Where::Constant: bytes = b.index >= 0 && k < d.constants.size() ? d.constants[k].bytes() : -1; break;
    case Buffer::Where::Arena: bytes = d.arena_bytes; break;
  }
  require(bytes >= 0 && b.offset >= 0 && b.offset <= bytes, "the program refers to memory that it does not have");
  return bytes - b.offset;
}

void check_alias(const ProgramData& d, std::size_t output) {
  const Type& type = d.outputs[output].type;
  const Buffer& b = *d.outputs[output].alias;
  bytes_at(d, b, output);
  auto k = static_cast<std::size_t>(b.index);
  require(b.where != Buffer::Where::Arena, "the program gives temporary memory as output {}", output);
  const Type& source = b.where == Buffer::Where::Input      ? d.inputs[k]
                       : b.where == Buffer::Where::Constant ? d.constants[k].type()
                                                            : d.outputs[k].type;
  require(source.dtype == type.dtype && element_count(source.shape) == element_count(type.shape),
          "the program gives {} as output {}, which is {}", source, output, type);
}

/// The output that the call writes and that may take an input's memory; nullptr where there is none.
const OutputPlan* in_place_output(const ProgramData& d, const KernelCall& call) {
  for (std::size_t k = 0; k < call.outputs(); ++k) {
    const Buffer& b = call.buffers[k];
    if (b.where != Buffer::Where::Output) continue;
    if (const OutputPlan& o = d.outputs[static_cast<std::size_t>(b.index)]; o.takes) return &o;
  }
  return nullptr;
}

bool is_input(const Buffer& b, std::int32_t k) { return b.where == Buffer::Where::Input && b.index == k; }

void check_takes(const ProgramData& d) {
  std::vector<char> taken(d.inputs.size(), 0);
  for (const OutputPlan& o : d.outputs) {
    if (!o.takes) continue;
    const auto k = static_cast<std::size_t>(*o.takes);
    require(!o.alias && *o.takes >= 0 && k < d.inputs.size() && std::exchange(taken[k], 1) == 0 &&
                d.inputs[k].dtype == o.type.dtype && element_count(d.inputs[k].shape) == element_count(o.type.shape),
            "the program puts an output in the memory of an input that it cannot take");
  }
  for (const OutputPlan& o : d.outputs)
    require(!o.alias || o.alias->where != Buffer::Where::Input || !taken[static_cast<std::size_t>(o.alias->index)],
            "the program gives an input as an output whose memory it overwrites");
  std::vector<std::int32_t> overwritten;
  for (const KernelCall& call : d.calls) {
    for (const Buffer& b : call.buffers)
      require(std::ranges::none_of(overwritten, [&](std::int32_t k) { return is_input(b, k); }),
              "the program reads an input whose memory it has overwritten");
    const OutputPlan* output = in_place_output(d, call);
    require(output != nullptr || overwritten.empty(), "the program overwrites inputs before its last calls");
    if (output == nullptr) continue;
    require(call.outputs() == 1, "the program overwrites an input in a call with several outputs");
    overwritten.push_back(*output->takes);
  }
}

/// A runtime kernel lies over the operand that it says, and reads it nowhere else.
void check_in_place(const ProgramData& d, const KernelCall& call, const SpecialKernel& kernel) {
  const OutputPlan* output = in_place_output(d, call);
  if (output == nullptr) return;
  const auto operands = std::span(call.buffers.data(), call.buffers.size()).subspan(1);
  bool fits = kernel.in_place && kernel.check;
  for (std::size_t k = 0; fits && k < operands.size(); ++k)
    fits = is_input(operands[k], *output->takes) == (k == *kernel.in_place);
  require(fits, "the program calls {} in place, which it cannot do", call.label);
}

/// Generated code knows the sizes of its operands itself; a special call says their types.
void check_special(const ProgramData& d, const KernelCall& call) {
  const SpecialCall& special = *call.special;
  const std::size_t outs = special.out.size(), given = outs + special.in.size();
  require(call.buffers.size() == given || call.buffers.size() == given + 1, "the program has a malformed call of {}",
          special.kernel);
  for (std::size_t k = 0; k < given; ++k) {
    const Buffer& b = call.buffers[k];
    const Type& type = k < outs ? special.out[k] : special.in[k - outs];
    const bool aligned = b.where == Buffer::Where::Arena ? b.offset % 64 == 0 : b.offset == 0;
    require(aligned && bytes_of(type) <= bytes_at(d, b, d.outputs.size()),
            "the program calls {} with memory that does not hold its operands", special.kernel);
  }
  const Buffer& last = call.buffers.back();
  require(call.buffers.size() == given || (last.where == Buffer::Where::Arena && last.offset % 64 == 0),
          "the program calls {} with a workspace that is no temporary memory", special.kernel);
}

void check_call(const ProgramData& d, const KernelCall& call) {
  require(call.extent >= 0 && call.grain >= 1 && call.buffers.size() >= call.outputs(),
          "the program has a malformed kernel call");
  for (const Buffer& b : call.buffers) bytes_at(d, b, d.outputs.size());
  for (std::size_t k = 0; k < call.outputs(); ++k) {
    const Buffer& b = call.buffers[k];
    const bool own = b.where == Buffer::Where::Arena ||
                     (b.where == Buffer::Where::Output && !d.outputs[static_cast<std::size_t>(b.index)].alias);
    require(own, "the program writes to an input or constant");
  }
  if (call.special) check_special(d, call);
}

/// Nobody else holds the memory, and it is as kernels expect their output.
bool can_be_written(const Array& a) {
  return a.storage().use_count() == 1 && a.contiguous() && reinterpret_cast<std::uintptr_t>(a.raw()) % 64 == 0;
}

[[noreturn]] void fail_on(const KernelCall& call, const Fault& fault) {
  const std::string message =
      fmt::format("{}: index {} is out of range for dimension {} of operand {}, which has extent {}", call.label,
                  fault.index, fault.dimension, fault.operand, fault.extent);
  throw IndexError(message, IndexError(call.label, {.index = fault.index, .high = fault.extent}));
}

void run_generated(const KernelCall& call, KernelFn fn, void* const* buffers) {
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

SpecialKernel special_kernel(const ProgramData& d, const KernelCall& call, SpecialMaker reference) {
  const SpecialCall& special = *call.special;
  SpecialMaker make = special.kernel == kReference ? reference : find_special(special.kernel);
  require(make != nullptr, "the program needs the kernel {} of {}, which is not known here", special.kernel,
          call.label);
  SpecialKernel kernel = make(special);
  const bool has_workspace = call.buffers.size() > special.out.size() + special.in.size();
  const i64 workspace = has_workspace ? bytes_at(d, call.buffers.back(), d.outputs.size()) : 0;
  require(kernel.workspace <= workspace, "the program gives the kernel {} {} bytes to work in; it needs {}",
          special.kernel, workspace, kernel.workspace);
  return kernel;
}

}  // namespace

void check(const ProgramData& d) {
  require(d.arena_bytes >= 0, "the program has a malformed arena");
  for (std::size_t k = 0; k < d.outputs.size(); ++k)
    if (d.outputs[k].alias) check_alias(d, k);
  for (const KernelCall& call : d.calls) check_call(d, call);
  check_takes(d);
}

Program::Program(ProgramData data, SpecialMaker reference, ExplainIndex explain)
    : data_(std::move(data)), explain_(std::move(explain)) {
  check(data_);
  for (const KernelCall& call : data_.calls) {
    if (call.special) {
      kernels_.push_back({nullptr, special_kernel(data_, call, reference)});
      check_in_place(data_, call, kernels_.back().special);
      continue;
    }
    if (!code_) code_ = Object::load(data_.object);
    kernels_.push_back({code_->find(call.symbol), {}});
    require(kernels_.back().generated != nullptr, "the program's code lacks the kernel {}", call.symbol);
  }
  while (first_in_place_ < data_.calls.size() && !in_place_output(data_, data_.calls[first_in_place_]))
    ++first_in_place_;
}

std::vector<Array> Program::run(std::span<const Array> inputs) const { return run(inputs, {}); }

std::vector<Array> Program::run_taking(std::span<Array> inputs) const {
  std::vector<char> taken(data_.outputs.size(), 0);
  for (std::size_t k = 0; k < taken.size(); ++k) {
    if (!data_.outputs[k].takes) continue;
    const auto from = static_cast<std::size_t>(*data_.outputs[k].takes);
    taken[k] = from < inputs.size() && can_be_written(inputs[from]);
  }
  std::vector<Array> outputs = run(inputs, taken);
  for (std::size_t k = 0; k < taken.size(); ++k)
    if (taken[k]) inputs[static_cast<std::size_t>(*data_.outputs[k].takes)] = Array();
  return outputs;
}

std::vector<Array> Program::run(std::span<const Array> given, std::span<const char> taken) const {
  require(given.size() == data_.inputs.size(), "the program takes {} inputs, given {}", data_.inputs.size(),
          given.size());
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
    if (!taken.empty() && taken[outputs.size()]) {
      outputs.push_back(inputs[static_cast<std::size_t>(*o.takes)].reshaped(o.type.shape));
      continue;
    }
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
  try {
    run_calls(inputs, outputs, std::ranges::find(taken, 1) != taken.end());
  } catch (const IndexError&) {
    if (explain_) explain_(inputs);
    throw;
  }
  return outputs;
}

void Program::run_calls(std::span<const Array> inputs, std::span<Array> outputs, bool takes) const {
  auto arena = Storage::allocate(data_.arena_bytes);

  auto address = [&](const Buffer& b) -> void* {
    auto k = static_cast<std::size_t>(b.index);
    switch (b.where) {
      case Buffer::Where::Input: return static_cast<std::byte*>(const_cast<void*>(inputs[k].raw())) + b.offset;
      case Buffer::Where::Output: return static_cast<std::byte*>(outputs[k].raw()) + b.offset;
      case Buffer::Where::Constant: return const_cast<void*>(data_.constants[k].raw());
      case Buffer::Where::Arena: break;
    }
    return arena->data() + b.offset;
  };
  Profile* profile = Profile::current();
  SmallVector<void*, 16> buffers;
  auto find_buffers = [&](const KernelCall& call) {
    buffers.clear();
    for (const Buffer& b : call.buffers) buffers.push_back(address(b));
  };
  for (std::size_t c = 0; c < data_.calls.size(); ++c) {
    const KernelCall& call = data_.calls[c];
    // From here on nothing may go wrong any more.
    for (std::size_t k = c; takes && c == first_in_place_ && k < data_.calls.size(); ++k) {
      if (!data_.calls[k].special) continue;
      find_buffers(data_.calls[k]);
      run_special(data_.calls[k], kernels_[k].special.check, {buffers.data(), buffers.size()});
    }
    find_buffers(call);
    auto start = std::chrono::steady_clock::time_point();
    if (profile) start = std::chrono::steady_clock::now();
    if (kernels_[c].generated)
      run_generated(call, kernels_[c].generated, buffers.data());
    else
      run_special(call, kernels_[c].special.run, {buffers.data(), buffers.size()});
    if (!profile) continue;
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    profile->add({call.label, call.schedule, seconds, call.flops, call.bytes});
  }
}

}  // namespace tenon::runtime
