// The open form of expressions, in which they are built and rewritten: hash-consed nodes over index tokens.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "expr/expr.h"

namespace tenon::expr {

/// An index of this extent takes more than one value, or may.
inline bool varies(Dim extent) { return extent != 0 && extent != 1; }

struct IndexInfo {
  std::string name;
  Dim extent = 1;
};

/// Nodes that exist once each, and index tokens. Node numbers only grow; children have smaller numbers.
class Pool {
 public:
  IndexId fresh(std::string name, Dim extent);
  const IndexInfo& index(IndexId i) const { return indices_[static_cast<std::size_t>(i)]; }
  Dim extent(IndexId i) const { return index(i).extent; }

  const Node& operator[](NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  std::size_t size() const { return nodes_.size(); }
  /// Room for so many nodes.
  void reserve(std::size_t nodes);

  /// The number of a node equal to `n`, added if new. Identities with constants are simplified on the way:
  /// x*1, x+0 (integers), a guard without conditions, a cast to the same type, a cast of a lossless cast, select on a
  /// constant.
  NodeId intern(Node n);

  NodeId constant(Number value, DType dtype);
  NodeId zero(DType dtype) { return constant(is_float(dtype) ? Number(0.0) : Number::of_int(0), dtype); }
  NodeId load(std::int32_t operand, DType dtype, SmallVector<Coord, 3> at);
  NodeId value(Affine at);  ///< i64
  NodeId acc(DType dtype);
  NodeId guard(Conds cond, NodeId yes, NodeId no);
  NodeId select(NodeId c, NodeId yes, NodeId no);
  NodeId cast(DType dtype, NodeId x);
  /// The result type follows from fn and the arguments' types, which must agree.
  NodeId apply(Fn fn, SmallVector<NodeId, 3> args);
  NodeId add(NodeId a, NodeId b) { return apply(Fn::Add, {a, b}); }
  NodeId mul(NodeId a, NodeId b) { return apply(Fn::Mul, {a, b}); }
  bool is_constant(NodeId id, double v) const;

  struct Reduction {
    Reducer reducer;
    std::vector<IndexId> over;
    DType accumulate;
  };
  NodeId reduce(Reduction r, NodeId body);
  const Reduction& reduction(NodeId id) const { return reductions_[static_cast<std::size_t>((*this)[id].operand)]; }

 private:
  std::vector<Node> nodes_;
  std::vector<IndexInfo> indices_;
  std::vector<Reduction> reductions_;
  void rehash(std::size_t slots);
  std::vector<std::uint64_t> hashes_;  ///< by node
  std::vector<NodeId> slots_;          ///< open addressing: nodes by hash
};

/// An expression whose indices are tokens of a pool: what rewriting works on.
struct Open {
  std::shared_ptr<Pool> pool;
  std::vector<std::vector<IndexId>> out;  ///< parallel indices, grouped into output dimensions
  std::vector<IndexId> red;
  std::vector<Type> in;
  NodeId body = kNone, post = kNone;
  Reducer reducer = Reducer::None;
  DType accumulate = DType::F32;

  std::vector<IndexId> parallel() const;
  Pool& p() const { return *pool; }
};

/// Copies a closed expression into `pool` with fresh tokens; operand numbers are shifted by `first_operand`.
Open open(const Expr& e, std::shared_ptr<Pool> pool = std::make_shared<Pool>(), std::int32_t first_operand = 0);
/// Tidies, drops indices of extent 1 from coordinates and reductions, and renumbers canonically. Operand types that
/// are never read are kept (operand numbers do not change).
Expr close(Open e);

/// Rewrites bottom-up, each shared node once: f(rebuilt, original) gives the replacement. `data` parts of coordinates
/// and conditions are rewritten too.
NodeId rewrite(Pool& pool, NodeId root, const std::function<NodeId(NodeId rebuilt, NodeId original)>& f);
/// Every node under root, children first, each once.
void visit(const Pool& pool, NodeId root, const std::function<void(NodeId)>& f);

/// Replaces indices by coordinates. Throws Error where an index that becomes data-dependent has a coefficient or a
/// denominator ("not affine in a data-dependent index").
using Substitution = std::unordered_map<IndexId, Coord>;
Coord substitute(Pool& pool, const Coord& c, const Substitution& s);
NodeId substitute(Pool& pool, NodeId root, const Substitution& s);
/// As above; `leaf(substituted, original)` may replace Load and Acc nodes.
NodeId substitute(Pool& pool, NodeId root, const Substitution& s, const std::function<NodeId(NodeId, NodeId)>& leaf);

/// What is certain about a form over the box of its indices, given conditions that hold. Bounds may contain unknowns;
/// where none is known to be the best, a few stand side by side.
class Range {
 public:
  bool integer = true;  ///< certainly an integer
  bool at_least(Dim x) const;
  bool less_than(Dim x) const;

  struct Bound {
    Dim num;
    i64 den;
  };
  using Bounds = SmallVector<Bound, 2>;
  void add_low(Bound b);
  void add_high(Bound b);
  const Bounds& lows() const { return lows_; }
  const Bounds& highs() const { return highs_; }

 private:
  Bounds lows_, highs_;
};
Range range_of(const Pool& pool, const Affine& a, const Conds& known, int depth = 2);
bool implied(const Pool& pool, const Cond& c, const Conds& known);
bool never_integer(const Affine& a);
/// What is known in the else branch of a guard.
Conds otherwise(const Pool& pool, const Conds& cond, const Conds& known);

/// Drops certain conditions and dead branches; merges nested guards with equal fill; drops what others imply.
NodeId tidy(Pool& pool, NodeId root, const Conds& known = {});
/// Throws Error naming operand and dimension where an access is not proved to stay inside ("use .outside(fill) or a
/// condition"). Data coordinates are checked when run. Proofs are incomplete: where one fails, the points of the domain
/// are tried one by one, up to `trials` in all.
void check_bounds(const Pool& pool, NodeId root, const std::vector<Type>& in, i64 trials = 0);

/// The same as an answer.
bool in_bounds(const Pool& pool, NodeId root, const std::vector<Type>& in);

/// Indices (of extent > 1) that a node or coordinate depends on, also through data; sorted.
std::vector<IndexId> support(const Pool& pool, NodeId root);
std::vector<IndexId> support(const Pool& pool, const Coord& c);

}  // namespace tenon::expr
