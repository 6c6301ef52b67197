#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "expr/analyse.h"

namespace tenon::expr {

namespace {

double volume_of(const Expr& e, IndexId first, IndexId last) {
  double v = 1;
  for (IndexId i = first; i < last; ++i) v *= static_cast<double>(e.domain.extent[static_cast<std::size_t>(i)]);
  return v;
}

/// Elements of the operand that a load touches over the whole domain: a box, no larger than the operand.
double footprint(const Expr& e, const Node& load) {
  const Shape& shape = e.in[static_cast<std::size_t>(load.operand)].shape;
  double box = 1, points = 1;
  std::set<IndexId> used;
  bool by_data = false;
  for (std::size_t d = 0; d < load.at.size(); ++d) {
    const Affine& a = load.at[d].at;
    i64 step = 0;
    double span = 0;
    for (const Term& t : a.terms) {
      double extent = static_cast<double>(e.domain.extent[static_cast<std::size_t>(t.index)]);
      step = std::gcd(step, t.coef.value());
      span += std::abs(static_cast<double>(t.coef)) * std::max(extent - 1, 0.0);
      if (used.insert(t.index).second) points *= extent;
    }
    by_data |= load.at[d].data != kNone;
    double reach = step == 0 ? 1 : std::floor(span / static_cast<double>(std::max(step, a.den))) + 1;
    double whole = static_cast<double>(shape[d]);
    box *= load.at[d].data != kNone ? whole : std::min(reach, whole);
  }
  return by_data ? box : std::min(box, points);
}

}  // namespace

Cost cost_of(const Expr& e) {
  std::vector<char> in_post(e.nodes.size(), 0);
  std::vector<NodeId> stack{e.post};
  while (!stack.empty()) {
    auto id = static_cast<std::size_t>(stack.back());
    stack.pop_back();
    if (std::exchange(in_post[id], 1)) continue;
    for (NodeId a : e.nodes[id].args) stack.push_back(a);
  }
  double outputs = volume_of(e, 0, e.domain.parallel);
  Cost c;
  c.points = outputs * volume_of(e, e.domain.parallel, e.domain.indices());
  std::map<std::int32_t, double> touched;
  for (std::size_t k = 0; k < e.nodes.size(); ++k) {
    const Node& n = e.nodes[k];
    if (n.kind == Kind::Apply) c.flops += in_post[k] ? outputs : c.points;
    if (n.kind == Kind::Load) touched[n.operand] = std::max(touched[n.operand], footprint(e, n));
  }
  if (e.reducer != Reducer::None) c.flops += c.points;
  Type out = e.type();
  c.bytes = static_cast<double>(bytes_of(out.dtype, element_count(out.shape)));
  for (auto [operand, elements] : touched)
    c.bytes += elements * bits_of(e.in[static_cast<std::size_t>(operand)].dtype) / 8;
  return c;
}

}  // namespace tenon::expr
