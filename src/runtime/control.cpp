#include "runtime/control.h"

#include <algorithm>

#include "runtime/check.h"

namespace tenon::runtime {

namespace {

constexpr i64 kMostBytes = i64{1} << 59;

i64 checked(i64 bytes) {
  require(bytes >= 0 && bytes < kMostBytes, "the program has a loop or branch that no memory holds");
  return bytes;
}

i64 aligned(i64 bytes) { return (checked(bytes) + 63) / 64 * 64; }

/// Bytes of `steps` slices.
i64 stacked_bytes(i64 steps, const Type& slice) {
  const i64 bytes = memory_of(slice);
  require(steps >= 0 && (bytes == 0 || steps < kMostBytes / bytes), "the program has a sequence that no memory holds");
  return steps * bytes;
}

void add_states(ControlLayout& layout, const Region& body, std::size_t states) {
  for (std::size_t k = 0; k < states; ++k) {
    const bool kept = is_kept(body, k);
    layout.states.push_back(kept ? -1 : layout.bytes);
    if (!kept) layout.bytes = aligned(layout.bytes + memory_of(body.outputs[k].type));
  }
}

void add_arena(ControlLayout& layout, const ControlCall& call) {
  layout.arena = layout.bytes;
  i64 most = 0;
  for (const Region* r : call.regions()) most = std::max(most, checked(r->arena_bytes));
  layout.bytes = aligned(layout.bytes + most);
}

}  // namespace

std::vector<const Region*> ControlCall::regions() const {
  if (const auto* i = std::get_if<IfCall>(&flow)) return {&i->then_branch, &i->else_branch};
  if (const auto* w = std::get_if<WhileCall>(&flow)) return {&w->condition, &w->body};
  return {&std::get<ScanCall>(flow).body};
}

std::size_t ControlCall::operands() const {
  if (const auto* i = std::get_if<IfCall>(&flow)) return 1 + i->then_branch.inputs.size();
  return regions().back()->inputs.size();
}

std::size_t ControlCall::outputs() const { return regions().back()->outputs.size(); }

i64 ControlCall::operand_bytes(std::size_t k) const {
  if (const auto* i = std::get_if<IfCall>(&flow)) return k == 0 ? 1 : memory_of(i->then_branch.inputs[k - 1]);
  const Type& type = regions().back()->inputs[k];
  const auto* s = std::get_if<ScanCall>(&flow);
  const auto at = static_cast<i64>(k);
  const bool sliced = s != nullptr && at >= s->carried && at < s->carried + s->sequences;
  return sliced ? stacked_bytes(s->steps, type) : memory_of(type);
}

i64 ControlCall::output_bytes(std::size_t k) const {
  const Type& type = regions().back()->outputs[k].type;
  const auto* s = std::get_if<ScanCall>(&flow);
  return s != nullptr && static_cast<i64>(k) >= s->carried ? stacked_bytes(s->steps, type) : memory_of(type);
}

bool is_kept(const Region& body, std::size_t k) {
  return body.outputs[k].alias == Buffer{Buffer::Where::Input, static_cast<std::int32_t>(k), 0};
}

ControlLayout layout_of(const ControlCall& call) {
  ControlLayout layout;
  if (const auto* w = std::get_if<WhileCall>(&call.flow)) {
    add_states(layout, w->body, w->body.outputs.size());
    layout.condition = layout.bytes;
    layout.bytes = aligned(layout.bytes + 1);
  } else if (const auto* s = std::get_if<ScanCall>(&call.flow)) {
    add_states(layout, s->body, static_cast<std::size_t>(s->carried));
  }
  add_arena(layout, call);
  return layout;
}

}  // namespace tenon::runtime
