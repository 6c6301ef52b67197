#include <utility>

#include "loop/transform.h"

namespace tenon::loop {

namespace {

std::string place(const std::string& at) { return at.empty() ? "the outside" : at; }

bool reads(const Nest& nest, NodeId value, expr::Kind kind) {
  std::vector<char> seen(nest.nodes.size(), 0);
  std::vector<NodeId> todo{value};
  while (!todo.empty()) {
    const NodeId id = todo.back();
    todo.pop_back();
    if (id == kNone || std::exchange(seen[static_cast<std::size_t>(id)], 1)) continue;
    const Node& n = nest.node(id);
    if (n.kind == kind) return true;
    todo.insert(todo.end(), n.args.begin(), n.args.end());
    for (const expr::Coord& c : n.at) todo.push_back(c.data);
    for (const expr::Cond& c : n.cond) todo.push_back(c.e.data);
  }
  return false;
}

/// The loops inside of `at` along which the value varies.
std::vector<std::string> varying(const Nest& nest, NodeId value, const std::string& at) {
  const std::uint64_t indices = dependences(nest)[static_cast<std::size_t>(value)];
  std::vector<std::string> names;
  for (std::size_t k = nest.inside_of(at); k < nest.loops.size(); ++k)
    if (indices >> nest.loops[k].index & 1) names.push_back(nest.loops[k].name);
  return names;
}

}  // namespace

void check_hoist(const Nest& nest, const Hoist& h) {
  const std::string what = fmt::format("hoist {} to {}", formula_of(nest, h.value), place(h.at));
  require(nest.points() > 0, "{}: there are no points, so nothing is computed", what);
  if (reads(nest, h.value, expr::Kind::Acc))
    fail("{}: it reads the reduced value, which is complete behind the reduction only", what);
  const bool always = is_unconditional(nest, nest.body, h.value) || is_unconditional(nest, nest.post, h.value);
  require(always || !reads(nest, h.value, expr::Kind::Load),
          "{}: it is read where a condition holds only, and may lie outside of its operand elsewhere", what);
  const std::vector<std::string> along = varying(nest, h.value, h.at);
  require(along.empty(), "{}: it varies along loop {}, inside of {}", what, along.empty() ? "" : along[0], place(h.at));
}

void hoist(Nest& nest, NodeId value, const std::string& at) {
  require(value >= 0 && static_cast<std::size_t>(value) < nest.nodes.size(),
          "hoist: there is no value {}; there are {}", value, nest.nodes.size());
  if (const std::vector<std::string> along = varying(nest, value, at);
      !along.empty() && !reads(nest, value, expr::Kind::Acc)) {
    try {
      return pack(nest, value, at, along, 0);
    } catch (const Error& e) {
      fail("hoist {} to {}: it varies along loop {}, and no copy can be kept of it; {}", formula_of(nest, value),
           place(at), along[0], e.what());
    }
  }
  const Hoist h{value, at};
  check_hoist(nest, h);
  nest.hoists.push_back(h);
}

}  // namespace tenon::loop
