#include "eager/trace.h"

#include <cstdio>

#include "base/hash.h"

namespace tenon {

thread_local int Tracing::depth = 0;
thread_local Value Tracing::last_effect_;

void warn_of_recompiling(const std::string& what, int count, const std::string& last_cause) {
  constexpr int kTooMany = 8;
  if (count != kTooMany) return;
  std::fprintf(
      stderr,
      "tenon: warning: %s been compiled %d times because something changes every time (last: %s); pad to a fixed "
      "shape, or set TENON_LOG=compile to see each cause\n",
      what.c_str(), count, last_cause.c_str());
}

namespace {

constexpr std::uint64_t kLeaf = 0x6c656166, kParameter = 0x706172, kSeeds[2] = {0x74656e6f6e, 0x6c617a79};

}  // namespace

void Recording::find_extents() {
  auto mark = [&](const Value& v) {
    if (!is_concrete(v.type()) || element_count(v.shape()) > kMostExtents) return;
    if (says_extents_.empty()) says_extents_.resize(walk_.size());
    says_extents_[static_cast<std::size_t>(walk_.position(v.node().get()))] = 1;
  };
  for (std::size_t k = walk_.size(); k-- > 0;) {
    const Node& n = *walk_.nodes()[k];
    if (n.is_settled() || n.is_parameter()) continue;
    const bool all = !says_extents_.empty() && says_extents_[k];
    const unsigned some = n.op().traits().extents_in;
    for (std::size_t a = 0; a < n.args().size() && (all || some >> a != 0); ++a)
      if (all || some >> a & 1) mark(n.args()[a]);
  }
}

Recording::Recording(std::vector<Value> roots) : roots_(std::move(roots)), walk_(roots_) {
  auto is_constant = [&](const Node* n) {
    return !says_extents_.empty() && n->is_settled() && says_extents_[static_cast<std::size_t>(walk_.position(n))];
  };
  unsigned extents_in = 0;
  std::uint64_t a = kSeeds[0], b = kSeeds[1];
  auto take = [&](std::uint64_t word) {
    a = mix(a, word);
    b = mix(b, word);
  };
  auto take_value = [&](const Value& v) {
    take(static_cast<std::uint64_t>(walk_.position(v.node().get())) << 8 | static_cast<std::uint64_t>(v.output()));
  };
  for (const Node* n : walk_.nodes()) {
    if (n->is_settled() || n->is_parameter()) {
      take(n->is_settled() ? kLeaf : kParameter);
      for (const Type& t : n->types()) take(hash_of(t));
      continue;
    }
    take(n->op().hash());
    extents_in |= n->op().traits().extents_in;
    for (const Value& v : n->args()) take_value(v);
  }
  if (extents_in != 0) {
    find_extents();
    for (const Node* n : walk_.nodes())
      if (is_constant(n)) take(hash_of_settled(*n));
  }
  for (const Value& v : roots_) take_value(v);
  key_ = {a, b};
  auto share = [&](const NodeRef& node) {
    for (std::size_t k = 0; k < node->outputs(); ++k) leaves_.push_back({node, static_cast<std::int32_t>(k)});
  };
  std::vector<char> seen(walk_.size(), 0);
  auto meet = [&](const Value& v) {
    auto position = static_cast<std::size_t>(walk_.position(v.node().get()));
    if (!v.node()->is_settled() || is_constant(v.node().get()) || std::exchange(seen[position], 1)) return;
    share(v.node());
  };
  for (const Node* n : walk_.nodes()) {
    for (const Value& v : n->args()) meet(v);
    if (n->is_parameter() && !parameter_) parameter_ = n;
  }
  for (const Value& v : roots_) meet(v);
}

std::uint64_t Recording::skeleton() const {
  std::uint64_t h = kSeeds[0];
  for (const Node* n : walk_.nodes()) {
    h = mix(h, n->is_settled() || n->is_parameter() ? std::string_view("leaf") : n->op().name());
    for (const Value& v : n->args()) h = mix(h, static_cast<std::uint64_t>(walk_.position(v.node().get())));
  }
  return h;
}

Function Recording::function(std::string name, const std::vector<Value>& parameters) const {
  NodeMap<Values> copies(walk_.size());
  Function f;
  f.name = std::move(name);
  auto parameter = [&](const Value& v) {
    f.parameters.push_back({Node::parameter(v.type(), v.node()->name()), 0});
    copies[v.node().get()].push_back(f.parameters.back());
  };
  for (const Value& v : parameters) parameter(v);
  for (const Value& v : leaves_) parameter(v);
  auto copy_of = [&](const Value& v) { return (*copies.find(v.node().get()))[static_cast<std::size_t>(v.output())]; };
  for (const Node* n : walk_.nodes()) {
    if (n->is_parameter()) continue;
    if (n->is_settled()) {
      Values& known = copies[n];
      for (std::size_t k = 0; k < n->outputs() && known.size() < n->outputs(); ++k)
        known.push_back({Node::leaf(n->result(static_cast<std::int32_t>(k))), 0});
      continue;
    }
    SmallVector<Value, 3> args;
    for (const Value& v : n->args()) args.push_back(copy_of(v));
    NodeRef copy = Node::make(n->op_ref(), std::move(args));
    Values outputs;
    for (std::size_t k = 0; k < copy->outputs(); ++k) outputs.push_back({copy, static_cast<std::int32_t>(k)});
    copies[n] = std::move(outputs);
  }
  for (const Value& v : roots_) f.results.push_back(copy_of(v));
  return f;
}

}  // namespace tenon
