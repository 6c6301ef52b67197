#include "schedule/model.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "schedule/schedule.h"

namespace tenon::schedule {

using expr::Fn;
using expr::Kind;
using expr::NodeId;
using loop::Access;
using loop::kNone;

namespace {

constexpr Dim kShortestRun = 4;  ///< elements of a row that is transposed
constexpr Dim kUsual = 4;        ///< vectors at once
constexpr Dim kLine = 16;        ///< elements between lanes that are far apart
constexpr double kFarPrice = 3;  ///< of each of these, in cycles
constexpr Dim kShared = 8;       ///< rows of a tile, about
constexpr Dim kNear = 4;         ///< elements between lanes that are picked from whole vectors

/// Instructions of one scalar function, roughly.
double weight_of(Fn fn, DType t) {
  switch (fn) {
    case Fn::Exp:
    case Fn::Expm1: return 14;
    case Fn::Log:
    case Fn::Sigmoid: return 18;
    case Fn::Log1p:
    case Fn::Tanh:
    case Fn::Erf: return 26;
    case Fn::Sin:
    case Fn::Cos:
    case Fn::Pow:
    case Fn::Mod:
    case Fn::Atan2: return 40;
    case Fn::RandomBits: return 80;
    case Fn::Div: return is_float(t) ? 4 : 20;
    case Fn::Sqrt:
    case Fn::Rsqrt: return 6;
    default: return 1;
  }
}

/// Instructions that take one more value into the reduced one.
double weight_of(expr::Reducer r, DType t) {
  switch (r) {
    case expr::Reducer::None: return 0;
    case expr::Reducer::Max:
    case expr::Reducer::Min: return is_float(t) ? 3 : 1;
    case expr::Reducer::ArgMax:
    case expr::Reducer::ArgMin: return 5;
    default: return 1;
  }
}

/// Multiplications and additions of a function in codegen/math.cpp or math_f64.cpp, where one that is fused counts as
/// two; for others one. Selections, integers and bits go beside them, so these are the fewest that a processor does.
double operations_of(Fn fn, bool wide) {
  switch (fn) {
    case Fn::Exp: return wide ? 32 : 22;
    case Fn::Expm1: return wide ? 36 : 28;
    case Fn::Log: return wide ? 40 : 30;
    case Fn::Log1p: return wide ? 52 : 40;
    case Fn::Sigmoid: return wide ? 50 : 28;
    case Fn::Tanh: return wide ? 70 : 36;
    case Fn::Erf: return wide ? 100 : 14;
    case Fn::Sin:
    case Fn::Cos: return wide ? 66 : 50;
    case Fn::Pow: return wide ? 170 : 120;
    case Fn::Atan2: return wide ? 70 : 30;
    case Fn::Mod: return wide ? 12 : 24;
    default: return 1;
  }
}

/// Elements are moved and nothing is computed of them.
bool moves(const loop::Nest& n) {
  return !n.reduces() && n.node(n.body).kind == Kind::Load && n.node(n.post).kind == Kind::Acc &&
         n.node(n.body).dtype == n.out && n.accesses.size() == 1 && n.accesses[0].data.empty();
}

int widest_bits(const loop::Nest& n) {
  if (moves(n)) return bits_of(n.out);
  int bits = 32;
  auto count = [&](DType t) { bits = std::max(bits, bits_of(t)); };
  count(n.reduces() ? n.accumulate : n.out);
  for (const loop::Node& node : n.nodes)
    if (is_float(node.dtype)) count(node.dtype);
  return bits;
}

}  // namespace

Model::Model(const loop::Nest& nest, const Processor& processor) : n_(nest), deps_(loop::dependences(nest)) {
  lanes = std::max(1, processor.vector_bits / widest_bits(nest));
  double post_weight = 0;
  bool post_guards = false;
  collect(n_.body, body_, weight, guarded);
  collect(n_.post, post_, post_weight, post_guards);
  if (n_.reduces()) return;
  weight += post_weight;
  guarded |= post_guards;
  for (const Access* a : post_)
    if (std::find(body_.begin(), body_.end(), a) == body_.end()) body_.push_back(a);
  post_.clear();
}

double instructions_of(const loop::Nest& nest, NodeId value) {
  double total = 0;
  std::set<NodeId> seen;
  std::vector<NodeId> todo{value};
  while (!todo.empty()) {
    const NodeId id = todo.back();
    todo.pop_back();
    if (!seen.insert(id).second) continue;
    const loop::Node& n = nest.node(id);
    if (n.kind == Kind::Apply) total += weight_of(n.fn, n.dtype);
    todo.insert(todo.end(), n.args.begin(), n.args.end());
  }
  return total;
}

void Model::collect(NodeId root, std::vector<const Access*>& into, double& total, bool& guards) const {
  std::set<NodeId> seen;
  std::vector<NodeId> todo{root};
  while (!todo.empty()) {
    NodeId id = todo.back();
    todo.pop_back();
    if (id == kNone || !seen.insert(id).second) continue;
    const loop::Node& n = n_.node(id);
    if (n.kind == Kind::Apply) total += weight_of(n.fn, n.dtype);
    if (n.kind == Kind::Guard) guards = true;
    if (n.kind == Kind::Guard || n.kind == Kind::Select || n.kind == Kind::Cast) total += 1;
    for (NodeId a : n.args) todo.push_back(a);
    for (const expr::Coord& c : n.at) todo.push_back(c.data);
    for (const expr::Cond& c : n.cond) todo.push_back(c.e.data);
    if (n.kind != Kind::Load) continue;
    const Access& a = n_.accesses[static_cast<std::size_t>(n.operand)];
    into.push_back(&a);
    for (const loop::DataTerm& d : a.data) todo.push_back(d.value);
  }
}

bool Model::depends(const Access& a, IndexId i) const {
  std::uint64_t set = loop::indices_of(a.offset) | loop::indices_of(a.digits);
  for (const loop::DataTerm& d : a.data) set |= deps_[static_cast<std::size_t>(d.value)] | loop::indices_of(d.at);
  return set >> i & 1;
}

Walk Model::walk(const Access& a, IndexId i) const {
  if (!depends(a, i)) return Walk::Same;
  for (const loop::DataTerm& d : a.data)
    if (deps_[static_cast<std::size_t>(d.value)] >> i & 1) return Walk::Scattered;
  const Dim step = loop::step_of(a.offset, a.digits, {.name = {}, .index = i});
  return a.offset.den == 1 && (step == 1 || step == -1) ? Walk::Next : Walk::Scattered;
}

IndexId Model::transposing(const Access& a, IndexId i) const {
  if (guarded || !a.data.empty() || !a.digits.empty() || walk(a, i) != Walk::Scattered || a.offset.den != 1)
    return kNone;
  // The sums of a tile leave no room for steps of the reduction.
  const IndexId end = body_.size() > 1 && n_.reduces() ? n_.parallel : n_.indices();
  for (IndexId k = 0; k < end; ++k)
    if (k != i && a.offset.coef(k) == 1 && n_.extent[static_cast<std::size_t>(k)] >= kShortestRun) return k;
  return kNone;
}

IndexId Model::transposing(IndexId i) const {
  for (const Access* a : body_)
    if (IndexId k = i == kNone ? kNone : transposing(*a, i); k != kNone) return k;
  return kNone;
}

IndexId Model::interleaving(IndexId i) const {
  const Dim apart = i == kNone || n_.reduces() || !n_.out_digits.empty() ? 0 : n_.out_offset.coef(i).value();
  if (apart < 2 || apart > kNear) return kNone;
  for (IndexId k = 0; k < n_.parallel; ++k)
    if (n_.out_offset.coef(k) == 1 && n_.extent[static_cast<std::size_t>(k)] == apart) return k;
  return kNone;
}

/// Cycles of loading a vector with lanes along `i`.
double Model::price(const Access& a, IndexId i) const {
  if (i == kNone) return 0.5;
  const Walk w = walk(a, i);
  if (w != Walk::Scattered) return w == Walk::Same ? 0.5 : 0.6;
  if (transposing(a, i) != kNone) return 1 + std::log2(lanes);
  const bool strided =
      a.data.empty() && a.digits.empty() && a.offset.den == 1 && a.offset.coef(i) > 1 && a.offset.coef(i) <= kNear;
  if (strided) return (guarded ? 3.6 : 1.6) * static_cast<double>(a.offset.coef(i)) - 1;
  const Dim apart = std::abs(loop::step_of(a.offset, a.digits, {.name = {}, .index = i}));
  return a.data.empty() && a.offset.den == 1 && apart >= kLine ? kFarPrice * lanes : lanes;
}

/// How many sums of a tile need what is loaded under conditions once.
double Model::sharing(const Access& a, IndexId i) const {
  Dim most = 1;
  for (IndexId k = 0; guarded && n_.reduces() && k < n_.parallel; ++k)
    if (k != i && !depends(a, k)) most = std::max(most, std::min(n_.extent[static_cast<std::size_t>(k)], kShared));
  return static_cast<double>(most);
}

bool Model::allowed(IndexId i) const {
  if (n_.extent[static_cast<std::size_t>(i)] < 2) return false;
  if (!n_.scatter) return true;
  bool fixed = std::ranges::all_of(n_.scatter->positions, [&](const loop::Scatter::Position& p) {
    return !(deps_[static_cast<std::size_t>(p.index)] >> i & 1);
  });
  return n_.is_parallel(i) && !n_.scatter->aims_at(i) && fixed && n_.out_offset.coef(i) == 1;
}

double Model::cycles(IndexId i, Dim at_once) const {
  bool vectors = i != kNone;
  const double together = static_cast<double>(at_once);
  double points = static_cast<double>(n_.points()), outputs = static_cast<double>(n_.out_points()), l = lanes;
  double share = 1;
  if (vectors) {
    double extent = static_cast<double>(n_.extent[static_cast<std::size_t>(i)]);
    share = std::ceil(extent / l) / extent;
  }
  double reducing = weight_of(n_.reducer, n_.accumulate), body = 0.5 * (weight + reducing) + 1 / together, post = 0;
  for (const Access* a : body_) body += price(*a, i) / sharing(*a, i);
  for (const Access* a : post_) post += price(*a, i);
  bool along_output = vectors && n_.is_parallel(i);
  double store = along_output && n_.out_offset.coef(i) != 1 ? 2 * l : 1;
  if (along_output && interleaving(i) != kNone) store = static_cast<double>(n_.out_offset.coef(i));
  if (!n_.reduces()) return points * share * (body + store);
  body = std::max(body, (reducing + 3) / together);  // one value waits for the one before
  double finish = along_output ? share * (post + store)
                  : vectors    ? (1 + reducing) * std::log2(l) + 2 + post + store
                               : post + store;
  return points * share * body + outputs * finish;
}

std::vector<IndexId> Model::vector_indices() const {
  std::vector<IndexId> list;
  for (IndexId i = 0; i < n_.indices(); ++i)
    if (allowed(i)) list.push_back(i);
  return list;
}

IndexId Model::vector_index() const {
  IndexId best = kNone;
  double least = cycles(kNone, n_.reduces() ? 1 : kUsual);
  for (IndexId i : vector_indices())
    if (double c = cycles(i, kUsual); c < least) least = c, best = i;
  return best;
}

double operations_of(const loop::Nest& nest) {
  const std::vector<std::uint64_t> deps = loop::dependences(nest);
  const auto points = [&](std::uint64_t varying) {
    double all = nest.points() > 0 ? 1 : 0;
    for (IndexId i = 0; i < nest.indices(); ++i)
      if (varying >> i & 1) all *= static_cast<double>(nest.extent[static_cast<std::size_t>(i)]);
    return all;
  };
  double total = nest.reduces() && is_float(nest.accumulate) ? static_cast<double>(nest.points()) : 0;
  std::set<NodeId> seen;
  std::vector<NodeId> todo{nest.body, nest.post};
  while (!todo.empty()) {
    const NodeId id = todo.back();
    todo.pop_back();
    if (id == kNone || !seen.insert(id).second) continue;
    const loop::Node& n = nest.node(id);
    todo.insert(todo.end(), n.args.begin(), n.args.end());
    if (n.kind != Kind::Apply || !is_float(n.dtype)) continue;
    total += operations_of(n.fn, n.dtype == DType::F64) * points(deps[static_cast<std::size_t>(id)]);
  }
  return total;
}

}  // namespace tenon::schedule
