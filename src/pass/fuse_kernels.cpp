#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "expr/analyse.h"
#include "expr/rows.h"
#include "op/formula.h"
#include "op/kernel.h"
#include "pass/formulas.h"
#include "pass/pass.h"

namespace tenon {

namespace {

using expr::Expr;

constexpr std::size_t kMostStages = 24;       ///< of rows
constexpr std::size_t kMostParts = 256;       ///< side by side
constexpr std::size_t kMostPartNodes = 8192;  ///< of all expressions side by side: larger kernels compile slowly
constexpr double kMostRowBytes = 1 << 17;     ///< of all stages' results in one row, which should stay in the cache
constexpr double kEnoughRows = 16;            ///< for threads to share
constexpr double kSmallWork = 1 << 14;        ///< points that one thread may do alone

bool is_computed_node(const Node& n) { return !n.is_parameter() && !n.is_settled(); }

/// A contraction that is more than one sum for each row has tiles of its own, which rows would break up.
bool is_matrix_product(const Expr& e) {
  if (e.reducer != expr::Reducer::Sum) return false;
  auto c = expr::classify(e);
  return c && !c->m.empty() && !c->n.empty();
}

double count_of(const std::vector<expr::Row>& rows, std::int32_t first) {
  double n = 1;
  for (std::size_t d = 0; d < static_cast<std::size_t>(first); ++d) n *= static_cast<double>(rows[d].extent);
  return n;
}

std::string joined(const std::vector<std::string>& labels, const char* between) {
  constexpr std::size_t kMost = 160;
  std::string s;
  for (const std::string& label : labels) s += (s.empty() ? "" : between) + label;
  return s.size() <= kMost ? s : s.substr(0, kMost) + "…";
}

/// A kernel in the making: formulas that are computed for the same rows, or one node of any kind.
struct Unit {
  std::vector<std::size_t> members;  ///< positions, in order
  bool formulas = false;             ///< which may share rows with others
  std::vector<expr::Row> rows;       ///< leading dimensions that its formulas have in common
  double result_bytes = 0;
  double points = 0;
  /// The greatest position of a member of this unit or of any that it depends on. Units run as a whole, so one whose
  /// members all come early may depend on a late node.
  std::size_t latest = 0;
};

class KernelFuser {
 public:
  KernelFuser(const Function& f, Remarks& remarks) : f_(f), remarks_(remarks) {
    std::unordered_map<const Node*, std::size_t> position;
    for (Node* n : topological(f.results)) {
      const std::size_t at = nodes_.size();
      position[n] = at;
      nodes_.push_back(n);
      operands_.emplace_back();
      users_.emplace_back();
      unit_of_.push_back(at);
      if (is_computed_node(*n))
        for (const Value& v : n->args()) {
          const std::size_t from = position.at(v.node().get());
          operands_[at].push_back(from);
          users_[from].push_back(at);
        }
      units_.push_back(unit_of(*n, at));
    }
    for (const Value& r : f.results) is_result_.insert(position.at(r.node().get()));
  }

  Function run() {
    for (std::size_t at = 0; at < nodes_.size(); ++at)
      for (std::size_t from : operands_[at]) try_merge(unit_of_[from], unit_of_[at], true);
    find_last();
    merge_last_of_same_rows();
    return emit();
  }

 private:
  bool computed_by_formula(std::size_t at) const {
    return is_computed_node(*nodes_[at]) && get_if<Formula>(nodes_[at]->op());
  }
  const Expr& expr_at(std::size_t at) const { return get_if<Formula>(nodes_[at]->op())->e; }

  Unit unit_of(const Node& n, std::size_t at) const {
    Unit u{{at}, false, {}, 0, 0, at};
    const Formula* formula = is_computed_node(n) ? get_if<Formula>(n.op()) : nullptr;
    if (!formula || !formula->e.is_concrete()) return u;
    const Expr& e = formula->e;
    u.points = points_of(e);
    if (u.points == 0 || element_count(e.type().shape) == 0 ||
        (e.reducer == expr::Reducer::Sum && expr::as_scatter(e)) || is_matrix_product(e))
      return u;
    u.formulas = true;
    u.rows = expr::rows_of(e);
    u.result_bytes = static_cast<double>(bytes_of(e.type().dtype, element_count(e.type().shape)));
    return u;
  }

  // ---- rows

  /// Indices that both have in common where each reads the other's results at its own row only.
  std::int32_t rows_of_both(const Unit& a, const Unit& b) const {
    std::int32_t rows = expr::common_extents(a.rows, b.rows);
    auto check = [&](const Unit& reader, const Unit& maker) {
      for (std::size_t at : reader.members)
        for (std::size_t k = 0; k < operands_[at].size() && rows > 0; ++k)
          if (unit_of_[operands_[at][k]] == unit_of_[maker.members[0]]) rows = expr::own_rows(expr_at(at), k, rows);
    };
    check(a, b);
    check(b, a);
    return rows;
  }

  /// Why the rows should not be shared; "" where they should.
  std::string_view objection(const Unit& a, const Unit& b, std::int32_t rows) const {
    if (a.members.size() + b.members.size() > kMostStages) return "the kernel would have too many stages";
    const bool small = a.points + b.points <= kSmallWork;
    if (rows == 0)
      return small ? "" : "they have no rows in common, or one reads other rows than its own, and are not small";
    const double count = count_of(a.rows, rows);
    if ((a.result_bytes + b.result_bytes) / count > kMostRowBytes)
      return "a row of their results does not stay in the cache";
    return count >= kEnoughRows || small ? "" : "there are too few rows for threads to share";
  }

  // ---- order

  /// Does some operand of unit `from` depend on unit `to` by way of a third one?
  bool depends_around(std::size_t from, std::size_t to) {
    ++round_;
    seen_.resize(nodes_.size(), 0);
    const std::size_t oldest = units_[to].members.front();
    std::vector<std::size_t> todo;
    auto visit = [&](std::size_t unit) {
      if (seen_[unit] == round_ || unit == from) return;
      seen_[unit] = round_;
      if (units_[unit].latest > oldest) todo.push_back(unit);
    };
    for (std::size_t at : units_[from].members)
      for (std::size_t operand : operands_[at])
        if (unit_of_[operand] != to) visit(unit_of_[operand]);
    while (!todo.empty()) {
      const std::size_t unit = todo.back();
      todo.pop_back();
      for (std::size_t at : units_[unit].members)
        for (std::size_t operand : operands_[at]) {
          if (unit_of_[operand] == to) return true;
          visit(unit_of_[operand]);
        }
    }
    return false;
  }

  void try_merge(std::size_t a, std::size_t b, bool connected) {
    if (a == b || !computed_by_formula(a) || !computed_by_formula(b)) return;
    const Node &first = *nodes_[std::min(a, b)], &second = *nodes_[std::max(a, b)];
    if (!units_[a].formulas || !units_[b].formulas)
      return remarks_.declined_at(
          first, "one of the two is a scatter, a product of matrices with tiles of its own, or empty", &second);
    const std::int32_t rows = rows_of_both(units_[a], units_[b]);
    if (const std::string_view why = objection(units_[a], units_[b], rows); !why.empty())
      return remarks_.declined_at(first, why, &second);
    if (!connected && rows == 0) return;  // they would be parts, not stages
    if (connected && (depends_around(b, a) || depends_around(a, b)))
      return remarks_.declined_at(first, "something between them is computed elsewhere", &second);
    remarks_.did_to(first, "shares rows", &second);
    Unit &into = units_[std::min(a, b)], &gone = units_[std::max(a, b)];
    std::vector<std::size_t> members;
    std::ranges::merge(into.members, gone.members, std::back_inserter(members));
    for (std::size_t at : gone.members) unit_of_[at] = std::min(a, b);
    into.members = std::move(members);
    into.rows.resize(static_cast<std::size_t>(rows));
    into.result_bytes += gone.result_bytes;
    into.points += gone.points;
    const std::size_t latest = std::max(into.latest, gone.latest);
    gone = Unit();
    raise_latest(std::min(a, b), latest);
  }

  /// Of the unit and of all that depend on it.
  void raise_latest(std::size_t unit, std::size_t latest) {
    std::vector<std::size_t> todo{unit};
    while (!todo.empty()) {
      Unit& u = units_[todo.back()];
      todo.pop_back();
      if (u.latest >= latest && &u != &units_[unit]) continue;
      u.latest = std::max(u.latest, latest);
      for (std::size_t at : u.members)
        for (std::size_t user : users_[at])
          if (units_[unit_of_[user]].latest < latest) todo.push_back(unit_of_[user]);
    }
  }

  // ---- what nothing waits for

  /// Units whose results nothing but the function's caller reads.
  void find_last() {
    for (std::size_t u = 0; u < units_.size(); ++u) {
      const Unit& unit = units_[u];
      const bool unread = std::ranges::all_of(unit.members, [&](std::size_t at) {
        return std::ranges::all_of(users_[at], [&](std::size_t user) { return unit_of_[user] == u; });
      });
      if (unit.formulas && unread) last_.push_back(u);
    }
  }

  /// The next value of a parameter and what else reads the parameter: computed row by row, one after another, either
  /// can be written over it.
  void merge_last_of_same_rows() {
    std::map<std::size_t, std::size_t> reader;  // of a value: a unit
    for (std::size_t u : last_)
      for (std::size_t k = 0; k < units_[u].members.size(); ++k) {
        const std::vector<std::size_t> operands = operands_[units_[u].members[k]];
        for (std::size_t operand : operands) {
          const auto [it, first] = reader.try_emplace(operand, u);
          if (first || units_[it->second].members.empty()) it->second = u;
          const std::size_t other = it->second;
          if (other == u) continue;
          try_merge(other, u, false);
          if (units_[u].members.empty()) break;
        }
        if (units_[u].members.empty()) break;
      }
    std::erase_if(last_, [&](std::size_t u) { return units_[u].members.empty(); });
  }

  // ---- the new function

  /// Is the formula's value needed outside of its unit?
  bool leaves(std::size_t at) const {
    return is_result_.contains(at) ||
           std::ranges::any_of(users_[at], [&](std::size_t user) { return unit_of_[user] != unit_of_[at]; });
  }

  const Value& renewed(const Value& v) const { return value_.at(v); }

  /// The formulas of a unit as one operator of the values that come from elsewhere; their results get new values.
  void emit_rows(std::size_t u) {
    const Unit& unit = units_[u];
    std::unordered_map<Value, Value, ValueHash> inside;
    std::vector<Value> args, made;
    std::vector<std::string> labels;
    Function body{"rows", {}, {}};
    for (std::size_t at : unit.members) {
      SmallVector<Value, 3> operands;
      for (const Value& v : nodes_[at]->args()) {
        auto [it, fresh] = inside.try_emplace(v);
        if (fresh) {
          it->second = body.parameters.emplace_back(Node::parameter(v.type()), 0);
          args.push_back(renewed(v));
        }
        operands.push_back(it->second);
      }
      const Value out(nodes_[at]->ref(), 0);
      const Value copy(Node::make(nodes_[at]->op_ref(), std::move(operands)), 0);
      inside[out] = copy;
      labels.push_back(get_if<Formula>(nodes_[at]->op())->label);
      if (!leaves(at)) continue;
      body.results.push_back(copy);
      made.push_back(out);
    }
    add(FusedKernel{std::make_shared<const Function>(std::move(body)), static_cast<i64>(unit.rows.size()),
                    joined(labels, ", ")},
        args, made);
  }

  void add(FusedKernel kernel, const std::vector<Value>& args, const std::vector<Value>& made) {
    const NodeRef node = Node::make(make_op(std::move(kernel)), {args.begin(), args.end()});
    for (std::size_t k = 0; k < made.size(); ++k) value_[made[k]] = {node, static_cast<std::int32_t>(k)};
  }

  void emit_unit(std::size_t u) {
    const Unit& unit = units_[u];
    if (unit.members.size() > 1) return emit_rows(u);
    const Node& n = *nodes_[unit.members[0]];
    NodeRef copy = n.ref();
    if (is_computed_node(n)) {
      SmallVector<Value, 3> args;
      bool same = true;
      for (const Value& v : n.args()) {
        args.push_back(renewed(v));
        same &= args.back() == v;
      }
      if (!same) copy = Node::make(n.op_ref(), std::move(args));
    }
    for (std::size_t k = 0; k < n.outputs(); ++k)
      value_[{n.ref(), static_cast<std::int32_t>(k)}] = {copy, static_cast<std::int32_t>(k)};
  }

  /// Units in an order in which each follows what it reads.
  std::vector<std::size_t> order() const {
    std::vector<std::size_t> waiting(units_.size(), 0), list;
    std::vector<std::vector<std::size_t>> followers(units_.size());
    std::set<std::size_t> ready;  // by first position, so that the order stays as it was where it can
    for (std::size_t u = 0; u < units_.size(); ++u) {
      for (std::size_t at : units_[u].members)
        for (std::size_t operand : operands_[at])
          if (unit_of_[operand] != u) ++waiting[u], followers[unit_of_[operand]].push_back(u);
      if (!units_[u].members.empty() && waiting[u] == 0) ready.insert(u);
    }
    while (!ready.empty()) {
      const std::size_t u = *ready.begin();
      ready.erase(ready.begin());
      list.push_back(u);
      for (std::size_t next : followers[u])
        if (--waiting[next] == 0) ready.insert(next);
    }
    const auto there = std::ranges::count_if(units_, [](const Unit& u) { return !u.members.empty(); });
    expect(list.size() == static_cast<std::size_t>(there), "kernels do not wait for each other in a circle");
    return list;
  }

  /// The kernel of rows, or the formula, that stands for the unit now.
  const NodeRef& part_of(std::size_t u) const { return value_.at(results_of_unit(u)[0]).node(); }
  std::size_t size_of(std::size_t u) const {
    std::size_t nodes = 0;
    for (std::size_t at : units_[u].members) nodes += expr_at(at).nodes.size();
    return nodes;
  }
  std::vector<Value> results_of_unit(std::size_t u) const {
    std::vector<Value> list;
    for (std::size_t at : units_[u].members)
      if (Value v(nodes_[at]->ref(), 0); value_.contains(v)) list.push_back(v);
    return list;
  }

  /// One kernel of all the last units, as far as they are not too many.
  void put_side_by_side() {
    std::vector<std::size_t> chosen;
    std::size_t nodes = 0;
    auto close = [&] {
      if (chosen.size() > 1) emit_parts(chosen);
      chosen.clear(), nodes = 0;
    };
    for (std::size_t u : last_) {
      const std::size_t more = size_of(u);
      if (chosen.size() == kMostParts || nodes + more > kMostPartNodes) close();
      chosen.push_back(u), nodes += more;
    }
    close();
  }

  void emit_parts(const std::vector<std::size_t>& chosen) {
    std::unordered_map<Value, Value, ValueHash> inside;
    std::vector<Value> args, made;
    std::vector<std::string> labels;
    Function body{"parts", {}, {}};
    for (std::size_t u : chosen) {
      const NodeRef part = part_of(u);
      SmallVector<Value, 3> operands;
      for (const Value& v : part->args()) {
        auto [it, fresh] = inside.try_emplace(v);
        if (fresh) {
          it->second = body.parameters.emplace_back(Node::parameter(v.type()), 0);
          args.push_back(v);
        }
        operands.push_back(it->second);
      }
      const NodeRef copy = Node::make(part->op_ref(), std::move(operands));
      const FusedKernel* rows = get_if<FusedKernel>(part->op());
      labels.push_back(rows ? rows->label : get_if<Formula>(part->op())->label);
      for (const Value& v : results_of_unit(u)) {
        body.results.emplace_back(copy, value_.at(v).output());
        made.push_back(v);
      }
    }
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    remarks_.did("{} kernels that nothing waits for lie side by side", chosen.size());
    add(FusedKernel{std::make_shared<const Function>(std::move(body)), 0, joined(labels, " | ")}, args, made);
  }

  Function emit() {
    for (std::size_t u : order()) emit_unit(u);
    put_side_by_side();
    Function g = f_;
    for (Value& r : g.results) r = renewed(r);
    return g;
  }

  const Function& f_;
  Remarks& remarks_;
  std::vector<Node*> nodes_;
  std::vector<std::vector<std::size_t>> operands_, users_;  ///< by position
  std::unordered_set<std::size_t> is_result_;
  std::vector<std::size_t> unit_of_;  ///< by position; a unit has the number of its first member
  std::vector<Unit> units_;
  std::vector<std::size_t> last_;
  std::vector<std::size_t> seen_;
  std::size_t round_ = 0;
  std::unordered_map<Value, Value, ValueHash> value_;  ///< old to new
};

}  // namespace

Function fuse_kernels(const Function& f, Remarks& remarks) { return KernelFuser(f, remarks).run(); }

}  // namespace tenon
