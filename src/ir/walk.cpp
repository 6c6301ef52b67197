#include "ir/walk.h"

namespace tenon {
namespace {

struct Frame {
  Node* node;
  std::size_t next;  // operand to visit
};

}  // namespace

Walk::Walk(std::span<const Value> roots, bool history) {
  std::vector<Frame> stack;
  auto enter = [&](const Value& v) {
    expect(v.defined(), "a graph has no undefined values");
    if (positions_.try_emplace(v.node().get(), -1).second) stack.push_back({v.node().get(), 0});
  };
  for (const Value& root : roots) {
    enter(root);
    while (!stack.empty()) {
      Frame& top = stack.back();
      std::span<const Value> args = history ? top.node->recorded_args() : top.node->args();
      if (top.next < args.size()) {
        enter(args[top.next++]);
        continue;
      }
      *positions_.find(top.node) = static_cast<std::int32_t>(nodes_.size());
      nodes_.push_back(top.node);
      stack.pop_back();
    }
  }
}

std::vector<Node*> topological(std::span<const Value> roots) { return Walk(roots).nodes(); }

}  // namespace tenon
