#include <unordered_map>

#include "base/hash.h"
#include "pass/pass.h"

namespace tenon {

namespace {

std::uint64_t key_of(const Op& op, std::span<const Value> args) {
  std::uint64_t h = op.hash();
  for (const Value& v : args)
    h = mix(mix(h, reinterpret_cast<std::uintptr_t>(v.node().get())), static_cast<std::uint64_t>(v.output()));
  return h;
}

}  // namespace

Function merge_equal(const Function& f, Remarks& remarks) {
  std::unordered_multimap<std::uint64_t, NodeRef> seen;
  return rebuild(f, [&](const Node& n, std::span<const Value> args) {
    std::uint64_t key = key_of(n.op(), args);
    auto [first, last] = seen.equal_range(key);
    for (; first != last; ++first) {
      Node& other = *first->second;
      if (!std::ranges::equal(other.args(), args) || !other.op().equals(n.op())) continue;
      remarks.did_to(n, "merged with an equal node");
      Values same;
      for (std::size_t k = 0; k < other.outputs(); ++k) same.push_back({first->second, static_cast<std::int32_t>(k)});
      return same;
    }
    NodeRef kept = Node::make(n.op_ref(), {args.begin(), args.end()});
    seen.emplace(key, kept);
    Values outputs;
    for (std::size_t k = 0; k < kept->outputs(); ++k) outputs.push_back({kept, static_cast<std::int32_t>(k)});
    return outputs;
  });
}

}  // namespace tenon
