#include "runtime/check.h"

#include <algorithm>
#include <utility>

#include "runtime/control.h"

namespace tenon::runtime {

namespace {

/// Regions inside of regions that a program may have.
constexpr int kDeepest = 64;
/// Bytes that a kernel may work in: far more than any cache.
constexpr i64 kMostScratch = i64{1} << 28;

std::size_t number(const Buffer& b) { return static_cast<std::size_t>(b.index); }
bool is_input(const Buffer& b, std::int32_t k) { return b.where == Buffer::Where::Input && b.index == k; }

void check_takes(const Region& r) {
  std::vector<char> taken(r.inputs.size(), 0);
  for (const OutputPlan& o : r.outputs) {
    if (!o.takes) continue;
    const auto k = static_cast<std::size_t>(*o.takes);
    require(!o.alias && *o.takes >= 0 && k < r.inputs.size() && std::exchange(taken[k], 1) == 0 &&
                r.inputs[k].dtype == o.type.dtype && element_count(r.inputs[k].shape) == element_count(o.type.shape),
            "the program puts an output in the memory of an input that it cannot take");
  }
  for (const OutputPlan& o : r.outputs)
    require(!o.alias || o.alias->where != Buffer::Where::Input || !taken[number(*o.alias)],
            "the program gives an input as an output whose memory it overwrites");
  std::vector<std::int32_t> overwritten;
  for (const KernelCall& call : r.calls) {
    for (const Buffer& b : call.buffers)
      require(std::ranges::none_of(overwritten, [&](std::int32_t k) { return is_input(b, k); }),
              "the program reads an input whose memory it has overwritten");
    const auto outputs = in_place_outputs(r, call);
    require(!outputs.empty() || overwritten.empty(), "the program overwrites inputs before its last calls");
    require(outputs.empty() || !call.control, "the program overwrites an input in a loop or branch");
    for (const OutputPlan* output : outputs) overwritten.push_back(*output->takes);
  }
}

void require_types(const std::vector<Type>& given, const std::vector<Type>& expected) {
  require(given == expected, "the program has a loop or branch whose parts do not fit together");
}

std::vector<Type> output_types(const Region& r) {
  std::vector<Type> types;
  for (const OutputPlan& o : r.outputs) types.push_back(o.type);
  return types;
}

void check_flow(const ControlCall& control) {
  if (const auto* i = std::get_if<IfCall>(&control.flow)) {
    require_types(i->else_branch.inputs, i->then_branch.inputs);
    require_types(output_types(i->else_branch), output_types(i->then_branch));
  } else if (const auto* w = std::get_if<WhileCall>(&control.flow)) {
    require_types(w->condition.inputs, w->body.inputs);
    require_types(output_types(w->condition), {Type{DType::Bool, {}}});
    require_types(output_types(w->body), w->body.inputs);
    require(w->bound >= 0 && w->cap >= 1, "the program has a loop with a malformed bound");
  } else {
    const auto& s = std::get<ScanCall>(control.flow);
    const auto states = static_cast<std::size_t>(s.carried), inputs = s.body.inputs.size();
    require(s.steps >= 0 && s.carried >= 0 && s.sequences >= 0 && states <= inputs &&
                static_cast<std::size_t>(s.sequences) <= inputs - states && states <= s.body.outputs.size(),
            "the program has a malformed scan");
    for (std::size_t k = 0; k < states; ++k) require_types({s.body.outputs[k].type}, {s.body.inputs[k]});
  }
}

class Check {
 public:
  Check(const Region& r, std::span<const Array> constants, int depth) : r_(r), constants_(constants), depth_(depth) {}

  void run() const {
    require(depth_ <= kDeepest, "the program has regions inside of regions more than {} deep", kDeepest);
    require(r_.arena_bytes >= 0, "the program has a malformed arena");
    for (const Type& t : r_.inputs) memory_of(t);
    for (std::size_t k = 0; k < r_.outputs.size(); ++k) {
      memory_of(r_.outputs[k].type);
      if (r_.outputs[k].alias) check_alias(k);
      require(depth_ == 0 || !r_.outputs[k].takes, "the program overwrites an input of a loop or branch");
    }
    for (const KernelCall& call : r_.calls) check_call(call);
    check_takes(r_);
  }

 private:
  i64 bytes_at(const Buffer& b) const { return runtime::bytes_at(r_, constants_, b); }

  void check_alias(std::size_t output) const {
    const Type& type = r_.outputs[output].type;
    const Buffer& b = *r_.outputs[output].alias;
    bytes_at(b);
    require(b.where != Buffer::Where::Arena, "the program gives temporary memory as output {}", output);
    require(b.offset == 0, "the program gives a part of something else as output {}", output);
    require(b.where != Buffer::Where::Output || (number(b) < output && !r_.outputs[number(b)].alias),
            "the program gives as output {} another that is not there", output);
    const Type& source = b.where == Buffer::Where::Input      ? r_.inputs[number(b)]
                         : b.where == Buffer::Where::Constant ? constants_[number(b)].type()
                                                              : r_.outputs[number(b)].type;
    require(source.dtype == type.dtype && element_count(source.shape) == element_count(type.shape),
            "the program gives {} as output {}, which is {}", source, output, type);
  }

  void check_call(const KernelCall& call) const {
    require(!call.special || !call.control, "the program has a call that is of two kinds");
    if (call.control)
      for (const Region* inner : call.control->regions()) Check(*inner, constants_, depth_ + 1).run();
    require(call.scratch >= 0 && call.scratch <= kMostScratch, "a kernel of the program wants {} bytes to work in",
            call.scratch);
    require(call.extent >= 0 && call.grain >= 1 && (call.control || call.outputs() >= 1) &&
                call.buffers.size() >= call.outputs(),
            "the program has a malformed kernel call");
    for (std::size_t k = 0; k < call.buffers.size(); ++k) {
      const Buffer& b = call.buffers[k];
      bytes_at(b);
      const bool is_output = b.where == Buffer::Where::Output;
      require(!is_output || !r_.outputs[number(b)].alias, "the program uses the memory of an output that has none");
      require(k >= call.outputs() || is_output || b.where == Buffer::Where::Arena,
              "the program writes to an input or constant");
    }
    if (call.special) check_special(call);
    if (call.control) check_control(call);
  }

  /// Generated code knows the sizes of its operands itself; a special call says their types.
  void check_special(const KernelCall& call) const {
    const SpecialCall& special = *call.special;
    const std::size_t outs = special.out.size(), given = outs + special.in.size();
    std::vector<i64> bytes;
    for (std::size_t k = 0; k < given; ++k)
      bytes.push_back(memory_of(k < outs ? special.out[k] : special.in[k - outs]));
    check_operands(call, special.kernel, bytes);
    require_workspace(call, special.kernel, given, 0);
  }

  void check_control(const KernelCall& call) const {
    const ControlCall& control = *call.control;
    check_flow(control);
    std::vector<i64> bytes;
    for (std::size_t k = 0; k < control.outputs(); ++k) bytes.push_back(control.output_bytes(k));
    for (std::size_t k = 0; k < control.operands(); ++k) bytes.push_back(control.operand_bytes(k));
    check_operands(call, call.label, bytes);
    require_workspace(call, call.label, bytes.size(), layout_of(control).bytes);
  }

  /// The first buffers hold at least so many bytes.
  void check_operands(const KernelCall& call, const std::string& what, const std::vector<i64>& bytes) const {
    require(call.buffers.size() >= bytes.size() && call.buffers.size() <= bytes.size() + 1,
            "the program has a malformed call of {}", what);
    for (std::size_t k = 0; k < bytes.size(); ++k) {
      const Buffer& b = call.buffers[k];
      const bool aligned = b.where == Buffer::Where::Arena ? b.offset % 64 == 0 : b.offset == 0;
      require(aligned && bytes[k] <= bytes_at(b), "the program calls {} with memory that does not hold its operands",
              what);
    }
  }

  /// A buffer behind the first `given` is a workspace; there is one if some bytes are `needed`.
  void require_workspace(const KernelCall& call, const std::string& what, std::size_t given, i64 needed) const {
    const bool has = call.buffers.size() > given;
    if (has) {
      const Buffer& b = call.buffers[given];
      require(b.where == Buffer::Where::Arena && b.offset % 64 == 0,
              "the program calls {} with a workspace that is no temporary memory", what);
    }
    const i64 bytes = has ? bytes_at(call.buffers[given]) : 0;
    require(needed <= bytes, "the program gives {} {} bytes to work in; it needs {}", what, bytes, needed);
  }

  const Region& r_;
  std::span<const Array> constants_;
  int depth_;
};

}  // namespace

i64 memory_of(const Type& t) {
  require(t.is_dense() && is_concrete(t), "the program has a value of type {}, which no memory holds", t);
  const i64 count = element_count(t.shape);
  require(count < i64{1} << 54, "the program has a tensor {} that no memory holds", t);
  return tenon::bytes_of(t.dtype, count);
}

i64 bytes_at(const Region& r, std::span<const Array> constants, const Buffer& b) {
  const std::size_t k = number(b);
  i64 bytes = -1;
  switch (b.where) {
    case Buffer::Where::Input: bytes = b.index >= 0 && k < r.inputs.size() ? memory_of(r.inputs[k]) : -1; break;
    case Buffer::Where::Output: bytes = b.index >= 0 && k < r.outputs.size() ? memory_of(r.outputs[k].type) : -1; break;
    case Buffer::Where::Constant: bytes = b.index >= 0 && k < constants.size() ? constants[k].bytes() : -1; break;
    case Buffer::Where::Arena: bytes = r.arena_bytes; break;
  }
  require(bytes >= 0 && b.offset >= 0 && b.offset <= bytes, "the program refers to memory that it does not have");
  return bytes - b.offset;
}

SmallVector<const OutputPlan*, 2> in_place_outputs(const Region& r, const KernelCall& call) {
  SmallVector<const OutputPlan*, 2> list;
  for (std::size_t k = 0; k < call.outputs(); ++k) {
    const Buffer& b = call.buffers[k];
    if (b.where != Buffer::Where::Output) continue;
    if (const OutputPlan& o = r.outputs[number(b)]; o.takes) list.push_back(&o);
  }
  return list;
}

/// A runtime kernel lies over the operand that it says, and reads it nowhere else.
void check_in_place(const Region& r, const KernelCall& call, const SpecialKernel& kernel) {
  const auto outputs = in_place_outputs(r, call);
  if (outputs.empty()) return;
  const auto operands = std::span(call.buffers.data(), call.buffers.size()).subspan(1);
  bool fits = kernel.in_place && kernel.check && call.outputs() == 1;
  for (std::size_t k = 0; fits && k < operands.size(); ++k)
    fits = is_input(operands[k], *outputs[0]->takes) == (k == *kernel.in_place);
  require(fits, "the program calls {} in place, which it cannot do", call.label);
}

void check(const ProgramData& data) { Check(data, data.constants, 0).run(); }

}  // namespace tenon::runtime
