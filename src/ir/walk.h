// Walking graphs: an order of the nodes, and data beside them.
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// Data beside nodes: an open-addressing table from node to T. It lives outside of the nodes so that graphs which share
/// nodes (weights, say) may be walked by several threads at once.
template <class T>
class NodeMap {
 public:
  explicit NodeMap(std::size_t expected = 16) { rehash(expected * 2); }

  /// The entry of `node`, made from `value` where there was none; second: whether it was made.
  std::pair<T*, bool> try_emplace(const Node* node, T value) {
    if ((size_ + 1) * 2 > slots_.size()) rehash(slots_.size() * 2);
    std::size_t at = slot_of(node);
    if (slots_[at].node == node) return {&slots_[at].value, false};
    slots_[at] = {node, std::move(value)};
    ++size_;
    return {&slots_[at].value, true};
  }
  T& operator[](const Node* node) { return *try_emplace(node, T()).first; }
  /// nullptr where there is none. Valid until the next insertion.
  T* find(const Node* node) {
    Slot& slot = slots_[slot_of(node)];
    return slot.node == node ? &slot.value : nullptr;
  }
  const T* find(const Node* node) const { return const_cast<NodeMap*>(this)->find(node); }
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    const Node* node = nullptr;
    T value{};
  };

  std::size_t slot_of(const Node* node) const {
    std::size_t at = static_cast<std::size_t>((reinterpret_cast<std::uintptr_t>(node) * 0x9E3779B97F4A7C15u) >> shift_);
    while (slots_[at].node != nullptr && slots_[at].node != node) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void rehash(std::size_t wanted) {
    std::size_t count = 16;
    shift_ = 60;
    for (; count < wanted; count *= 2) --shift_;
    std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(count));
    for (Slot& slot : old) {
      if (slot.node != nullptr) slots_[slot_of(slot.node)] = std::move(slot);
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
  int shift_ = 60;
};

/// The nodes reachable from some values, operands before users, in an order that depends on the graph's structure
/// alone. Parameters and settled nodes are included.
class Walk {
 public:
  /// With `history`, the recorded operands of settled nodes are followed as well.
  explicit Walk(std::span<const Value> roots, bool history = false);

  const std::vector<Node*>& nodes() const { return nodes_; }
  std::size_t size() const { return nodes_.size(); }
  /// -1 for a node that is not reachable.
  std::int32_t position(const Node* node) const {
    const std::int32_t* p = positions_.find(node);
    return p != nullptr ? *p : -1;
  }

 private:
  std::vector<Node*> nodes_;
  NodeMap<std::int32_t> positions_;
};

}  // namespace tenon
