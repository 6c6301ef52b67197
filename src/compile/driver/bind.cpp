// Where every value lies, and the list of calls.
#include <algorithm>

#include "compile/driver/control.h"
#include "compile/driver/lower.h"
#include "compile/driver/memory_order.h"
#include "runtime/plan.h"

namespace tenon {

namespace {

using runtime::Buffer;

i64 bytes_of(const Type& t) { return tenon::bytes_of(t.dtype, element_count(t.shape)); }

/// What the regions of a program share.
struct Shared {
  const Kernels& kernels;
  const std::vector<codegen::KernelInfo>& info;
  std::unordered_map<Value, Buffer, ValueHash> constant_of = {};
  std::vector<std::tuple<Value, Layout, Buffer>> stored = {};  ///< constants that lie otherwise
  std::vector<Array> constants = {};
};

class Binder {
 public:
  Binder(const Lowered& lowered, Shared& shared)
      : f_(*lowered.f), lowered_(lowered), shared_(shared), steps_(lowered.steps) {
    for (Step& step : steps_) bind_bodies(step);
    order_for_memory(lowered, steps_);
  }

  runtime::Region run() {
    for (std::size_t k = 0; k < f_.parameters.size(); ++k) {
      region_.inputs.push_back(f_.parameters[k].type());
      home_[f_.parameters[k]] = {Buffer::Where::Input, static_cast<std::int32_t>(k), 0};
    }
    place_outputs();
    place_temporaries();
    for (const Step& step : steps_) add_call(step);
    return std::move(region_);
  }

 private:
  void bind_bodies(Step& step) {
    if (step.bodies.empty()) return;
    std::vector<runtime::Region> regions;
    for (const Lowered& body : step.bodies) regions.push_back(Binder(body, shared_).run());
    auto control = std::make_shared<const runtime::ControlCall>(control_call(*step.node, std::move(regions)));
    step.workspace = runtime::layout_of(*control).bytes;
    step.control = std::move(control);
  }

  void place_outputs() {
    for (const Value& v : f_.results) {
      const Value root = root_of(v);
      const Node& n = *root.node();
      Buffer mine{Buffer::Where::Output, static_cast<std::int32_t>(region_.outputs.size()), 0};
      bool fresh = !n.is_parameter() && !n.is_settled() && !home_.count(root);
      if (fresh) home_[root] = mine;
      runtime::OutputPlan& o = region_.outputs.emplace_back(runtime::OutputPlan{v.type(), {}});
      if (!fresh) o.alias = home_of(root);
      const auto over = std::ranges::find(lowered_.in_place, region_.outputs.size() - 1, &Replacement::result);
      if (over != lowered_.in_place.end()) o.takes = static_cast<std::int32_t>(over->parameter);
    }
  }

  Buffer home_of(const Value& root) {
    if (auto it = home_.find(root); it != home_.end()) return it->second;
    expect(root.node()->is_settled(), "a value without a home");
    const auto [constant, fresh] = shared_.constant_of.try_emplace(root);
    if (fresh) {
      constant->second = {Buffer::Where::Constant, static_cast<std::int32_t>(shared_.constants.size()), 0};
      shared_.constants.push_back(root.node()->result(root.output()).to_contiguous());
    }
    return home_[root] = constant->second;
  }

  Buffer home_of_stored(const Value& v, const Layout& layout) {
    for (const auto& [known, known_layout, home] : shared_.stored)
      if (known == v && known_layout == layout) return home;
    const Value root = root_of(v);
    const Array& data = root.node()->result(root.output());
    const Buffer home{Buffer::Where::Constant, static_cast<std::int32_t>(shared_.constants.size()), 0};
    shared_.constants.push_back(stored_as(data.to_contiguous().reshaped(v.shape()), layout));
    shared_.stored.emplace_back(v, layout, home);
    return home;
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
    region_.arena_bytes = plan.bytes;
    for (const auto& [value, k] : slot) home_[value] = {Buffer::Where::Arena, 0, plan.offsets[k]};
    for (std::size_t s = 0; s < steps_.size(); ++s)
      if (steps_[s].workspace > 0) steps_[s].workspace_at = plan.offsets[workspace[s]];
  }

  void add_call(const Step& step) {
    runtime::KernelCall call;
    for (const Value& v : step.outputs()) call.buffers.push_back(home_.at(v));
    for (std::size_t k = 0; k < step.node->args().size(); ++k) {
      const Value v = step.node->args()[k];
      const Layout layout = step.parts ? layout_of(*step.parts, k) : Layout();
      call.buffers.push_back(layout.is_row_major() ? home_of(root_of(v)) : home_of_stored(v, layout));
    }
    if (step.control)
      add_control(step, std::move(call));
    else if (step.special)
      add_special(step, std::move(call));
    else if (std::ranges::any_of(step.node->types(), [](const Type& t) { return element_count(t.shape) > 0; }))
      add_generated(*step.node, std::move(call));
  }

  void add_generated(const Node& node, runtime::KernelCall call) {
    const codegen::KernelInfo& info = shared_.info[shared_.kernels.of.at(&node)];
    call.symbol = info.symbol;
    call.extent = info.extent, call.grain = info.grain;
    call.results = node.outputs(), call.scratch = info.scratch;
    call.label = label_of(node), call.schedule = info.schedule;
    call.flops = info.flops, call.bytes = info.bytes;
    region_.calls.push_back(std::move(call));
  }

  void add_special(const Step& step, runtime::KernelCall call) {
    call.label = step.node->op().name();
    call.schedule = step.special->kernel == runtime::kReference ? "evaluated by the operator" : "runtime kernel";
    for (const auto* types : {&step.special->in, &step.special->out})
      for (const Type& t : *types) call.bytes += static_cast<double>(bytes_of(t));
    if (step.workspace > 0) call.buffers.push_back({Buffer::Where::Arena, 0, step.workspace_at});
    call.special = step.special;
    region_.calls.push_back(std::move(call));
  }

  void add_control(const Step& step, runtime::KernelCall call) {
    call.label = step.node->op().name();
    call.schedule = describe(*step.control);
    if (step.workspace > 0) call.buffers.push_back({Buffer::Where::Arena, 0, step.workspace_at});
    call.control = step.control;
    region_.calls.push_back(std::move(call));
  }

  const Function& f_;
  const Lowered& lowered_;
  Shared& shared_;
  std::vector<Step> steps_;
  std::unordered_map<Value, Buffer, ValueHash> home_;
  runtime::Region region_;
};

}  // namespace

runtime::ProgramData bind(const Lowered& lowered, const Kernels& kernels, codegen::Compiled compiled) {
  Shared shared{kernels, compiled.kernels};
  runtime::ProgramData program{Binder(lowered, shared).run()};
  program.constants = std::move(shared.constants);
  program.object = std::move(compiled.object);
  return program;
}

}  // namespace tenon
