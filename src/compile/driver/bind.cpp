// Where every value lies, and the list of calls.
#include <algorithm>

#include "compile/driver/lower.h"
#include "op/formula.h"
#include "runtime/plan.h"

namespace tenon {

namespace {

using runtime::Buffer;

i64 bytes_of(const Type& t) { return tenon::bytes_of(t.dtype, element_count(t.shape)); }

class Binder {
 public:
  Binder(const Function& f, const Replacements& replacements, const Kernels& kernels, codegen::Compiled compiled)
      : f_(f),
        kernels_(kernels),
        compiled_(std::move(compiled)),
        steps_(steps_of(f)),
        in_place_(made_in_place(f, replacements, steps_)) {}

  runtime::ProgramData run() {
    for (std::size_t k = 0; k < f_.parameters.size(); ++k) {
      data_.inputs.push_back(f_.parameters[k].type());
      home_[f_.parameters[k]] = {Buffer::Where::Input, static_cast<std::int32_t>(k), 0};
    }
    place_outputs();
    place_temporaries();
    for (const Step& step : steps_) add_call(step);
    data_.object = std::move(compiled_.object);
    return std::move(data_);
  }

 private:
  void place_outputs() {
    for (const Value& v : f_.results) {
      const Value root = root_of(v);
      const Node& n = *root.node();
      Buffer mine{Buffer::Where::Output, static_cast<std::int32_t>(data_.outputs.size()), 0};
      bool fresh = !n.is_parameter() && !n.is_settled() && !home_.count(root);
      if (fresh) home_[root] = mine;
      runtime::OutputPlan& o = data_.outputs.emplace_back(runtime::OutputPlan{v.type(), {}});
      if (!fresh) o.alias = home_of(root);
      const auto over = std::ranges::find(in_place_, data_.outputs.size() - 1, &Replacement::result);
      if (over != in_place_.end()) o.takes = static_cast<std::int32_t>(over->parameter);
    }
  }

  Buffer home_of(const Value& root) {
    if (auto it = home_.find(root); it != home_.end()) return it->second;
    expect(root.node()->is_settled(), "a value without a home");
    Buffer b{Buffer::Where::Constant, static_cast<std::int32_t>(data_.constants.size()), 0};
    data_.constants.push_back(root.node()->result(root.output()).to_contiguous());
    return home_[root] = b;
  }

  /// What is no input, constant or output lies in the arena, as do workspaces, while it is needed.
  void place_temporaries() {
    std::unordered_map<Value, std::size_t, ValueHash> slot;
    std::vector<runtime::Lifetime> lifetimes;
    std::vector<std::size_t> workspace(steps_.size());
    for (std::size_t s = 0; s < steps_.size(); ++s) {
      const int now = static_cast<int>(s);
      for (const Value& v : steps_[s].node->args())
        if (auto it = slot.find(root_of(v)); it != slot.end()) lifetimes[it->second].last = now;
      for (const Value& v : steps_[s].outputs()) {
        if (home_.count(v)) continue;
        slot[v] = lifetimes.size();
        lifetimes.push_back({bytes_of(v.type()), now, now});
      }
      workspace[s] = lifetimes.size();
      if (steps_[s].workspace > 0) lifetimes.push_back({steps_[s].workspace, now, now});
    }
    runtime::Plan plan = runtime::plan_arena(lifetimes);
    data_.arena_bytes = plan.bytes;
    for (const auto& [value, k] : slot) home_[value] = {Buffer::Where::Arena, 0, plan.offsets[k]};
    for (std::size_t s = 0; s < steps_.size(); ++s)
      if (steps_[s].workspace > 0) steps_[s].workspace_at = plan.offsets[workspace[s]];
  }

  void add_call(const Step& step) {
    runtime::KernelCall call;
    for (const Value& v : step.outputs()) call.buffers.push_back(home_.at(v));
    for (const Value& v : step.node->args()) call.buffers.push_back(home_of(root_of(v)));
    if (step.special)
      add_special(step, std::move(call));
    else if (element_count(step.node->types()[0].shape) > 0)
      add_generated(*step.node, std::move(call));
  }

  void add_generated(const Node& node, runtime::KernelCall call) {
    const codegen::KernelInfo& info = compiled_.kernels[kernels_.of.at(&node)];
    call.symbol = info.symbol;
    call.extent = info.extent, call.grain = info.grain;
    call.label = get_if<Formula>(node.op())->label, call.schedule = info.schedule;
    call.flops = info.flops, call.bytes = info.bytes;
    data_.calls.push_back(std::move(call));
  }

  void add_special(const Step& step, runtime::KernelCall call) {
    call.label = step.node->op().name();
    call.schedule = step.special->kernel == runtime::kReference ? "evaluated by the operator" : "runtime kernel";
    for (const auto* types : {&step.special->in, &step.special->out})
      for (const Type& t : *types) call.bytes += static_cast<double>(bytes_of(t));
    if (step.workspace > 0) call.buffers.push_back({Buffer::Where::Arena, 0, step.workspace_at});
    call.special = step.special;
    data_.calls.push_back(std::move(call));
  }

  const Function& f_;
  const Kernels& kernels_;
  codegen::Compiled compiled_;
  std::vector<Step> steps_;
  Replacements in_place_;
  std::unordered_map<Value, Buffer, ValueHash> home_;
  runtime::ProgramData data_;
};

}  // namespace

runtime::ProgramData bind(const Function& f, const Replacements& replacements, const Kernels& kernels,
                          codegen::Compiled compiled) {
  return Binder(f, replacements, kernels, std::move(compiled)).run();
}

}  // namespace tenon
