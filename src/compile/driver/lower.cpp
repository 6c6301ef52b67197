#include "compile/driver/lower.h"

#include <map>
#include <unordered_map>

#include "op/formula.h"
#include "runtime/plan.h"

namespace tenon {

namespace {

using runtime::Buffer;

bool is_view(const Node& n) { return !n.is_parameter() && !n.is_settled() && n.op().traits().view; }
const Formula* formula_of(const Node& n) {
  return n.is_parameter() || n.is_settled() ? nullptr : get_if<Formula>(n.op());
}

/// The value whose memory `v` shares: views followed to their source.
Value root_of(Value v) {
  while (is_view(*v.node())) v = v.node()->args()[0];
  return v;
}

std::vector<Node*> calls_of(const Function& f) {
  std::vector<Node*> calls;
  for (Node* n : topological(f.results)) {
    if (formula_of(*n)) {
      calls.push_back(n);
      continue;
    }
    bool in_memory = n->is_parameter() || n->is_settled() || is_view(*n);
    if (!in_memory) fail("{}: this operator has no compiled form", n->op().name());
  }
  return calls;
}

/// Decides where every formula's output lies.
class Binder {
 public:
  Binder(const Function& f, const Kernels& kernels, codegen::Compiled compiled)
      : f_(f), kernels_(kernels), compiled_(std::move(compiled)), calls_(calls_of(f)) {}

  runtime::ProgramData run() {
    for (std::size_t k = 0; k < f_.parameters.size(); ++k) {
      data_.inputs.push_back(f_.parameters[k].type());
      home_[f_.parameters[k].node().get()] = {Buffer::Where::Input, static_cast<std::int32_t>(k), 0};
    }
    place_outputs();
    place_temporaries();
    for (std::size_t c = 0; c < calls_.size(); ++c) add_call(c);
    data_.object = std::move(compiled_.object);
    return std::move(data_);
  }

 private:
  void place_outputs() {
    for (const Value& v : f_.results) {
      Node* root = root_of(v).node().get();
      Buffer mine{Buffer::Where::Output, static_cast<std::int32_t>(data_.outputs.size()), 0};
      bool fresh = formula_of(*root) && !home_.count(root);
      if (fresh) home_[root] = mine;
      data_.outputs.push_back({v.type(), fresh ? std::nullopt : std::optional(home_of(root))});
    }
  }

  Buffer home_of(Node* root) {
    if (auto it = home_.find(root); it != home_.end()) return it->second;
    expect(root->is_settled(), "a value without a home");
    Buffer b{Buffer::Where::Constant, static_cast<std::int32_t>(data_.constants.size()), 0};
    data_.constants.push_back(root->result(0).to_contiguous());
    return home_[root] = b;
  }

  void place_temporaries() {
    std::unordered_map<Node*, std::size_t> slot;
    std::vector<runtime::Lifetime> lifetimes;
    std::vector<Node*> owner;
    for (std::size_t c = 0; c < calls_.size(); ++c) {
      int now = static_cast<int>(c);
      for (const Value& v : calls_[c]->args())
        if (auto it = slot.find(root_of(v).node().get()); it != slot.end()) lifetimes[it->second].last = now;
      if (home_.count(calls_[c])) continue;
      const Type& t = calls_[c]->types()[0];
      slot[calls_[c]] = lifetimes.size();
      lifetimes.push_back({bytes_of(t.dtype, element_count(t.shape)), now, now});
      owner.push_back(calls_[c]);
    }
    runtime::Plan plan = runtime::plan_arena(lifetimes);
    data_.arena_bytes = plan.bytes;
    for (std::size_t k = 0; k < owner.size(); ++k) home_[owner[k]] = {Buffer::Where::Arena, 0, plan.offsets[k]};
  }

  void add_call(std::size_t c) {
    Node* node = calls_[c];
    if (element_count(node->types()[0].shape) == 0) return;
    const codegen::KernelInfo& info = compiled_.kernels[kernels_.kernel_of_call[c]];
    runtime::KernelCall call{.symbol = info.symbol, .extent = info.extent, .grain = info.grain,
                             .label = formula_of(*node)->label, .schedule = info.schedule, .flops = info.flops,
                             .bytes = info.bytes};
    call.buffers.push_back(home_.at(node));
    for (const Value& v : node->args()) call.buffers.push_back(home_of(root_of(v).node().get()));
    data_.calls.push_back(std::move(call));
  }

  const Function& f_;
  const Kernels& kernels_;
  codegen::Compiled compiled_;
  std::vector<Node*> calls_;
  std::unordered_map<Node*, Buffer> home_;
  runtime::ProgramData data_;
};

}  // namespace

Kernels kernels_of(const Function& f) {
  Kernels k;
  std::unordered_multimap<std::uint64_t, std::size_t> seen;
  for (Node* n : calls_of(f)) {
    const expr::Expr& e = formula_of(*n)->e;
    std::uint64_t hash = e.hash();
    auto [first, last] = seen.equal_range(hash);
    while (first != last && !(k.sources[first->second].e == e)) ++first;
    if (first != last) {
      k.kernel_of_call.push_back(first->second);
      continue;
    }
    seen.emplace(hash, k.sources.size());
    k.kernel_of_call.push_back(k.sources.size());
    k.sources.push_back({"kernel_" + std::to_string(k.sources.size()), e});
  }
  return k;
}

runtime::ProgramData bind(const Function& f, const Kernels& kernels, codegen::Compiled compiled) {
  return Binder(f, kernels, std::move(compiled)).run();
}

}  // namespace tenon
