#include "compile/rows.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "ir/walk.h"
#include "op/control/scan.h"

namespace tenon {

namespace {

bool is_a_step(const Node& n) { return !n.is_parameter() && !n.is_settled(); }

/// The name where `d` is nothing but one unknown.
std::optional<std::string> bare_unknown(Dim d) {
  if (d.is_constant()) return {};
  const auto names = unknowns(d);
  const auto terms = monomials(d);
  const bool bare = names.size() == 1 && terms.size() == 1 && terms[0].second == 1 &&
                    terms[0].first.find_first_of("*^(") == std::string::npos;
  return bare ? std::optional(names[0]) : std::nullopt;
}

/// An extent of an argument is this unknown.
bool is_said(const Function& f, const std::string& name) {
  return std::ranges::any_of(f.parameters, [&](const Value& p) {
    return std::ranges::any_of(p.shape(), [&](Dim d) { return bare_unknown(d) == name; });
  });
}

/// What `make` makes of an operator; an Error that names the operator where it needs numbers for that.
template <class F>
auto from(const Op& op, F&& make) {
  try {
    return make();
  } catch (const Error&) {
    fail("{} needs to know how many rows there are", op.name());
  }
}

/// All composites are replaced by what they stand for.
Function primitive(Function f) {
  const auto composite = [](const Node* n) { return is_a_step(*n) && n->op().has_expand() && !n->op().traits().view; };
  for (int depth = 0; std::ranges::any_of(topological(f.results), composite); ++depth) {
    expect(depth < 64, "composites that expand without end");
    f = rebuild(f, [&](const Node& n, std::span<const Value> args) {
      Builder builder;
      return composite(&n) ? from(n.op(), [&] { return n.op().expand(builder, args); }) : Values();
    });
  }
  return f;
}

/// Copies of values, with others in place of some.
class Copier {
 public:
  void replace(const Value& v, Value by) { known_[v] = std::move(by); }

  std::vector<Value> copies(const std::vector<Value>& roots) {
    std::vector<Value> open;
    for (const Value& r : roots) open.push_back(r);
    while (!open.empty()) {
      const Value v = open.back();
      if (known_.contains(v)) {
        open.pop_back();
        continue;
      }
      if (!is_a_step(*v.node())) {
        known_[v] = v;
        continue;
      }
      bool ready = true;
      for (const Value& a : v.node()->args())
        if (!known_.contains(a)) open.push_back(a), ready = false;
      if (ready) copy(*v.node());
    }
    std::vector<Value> list;
    for (const Value& r : roots) list.push_back(known_.at(r));
    return list;
  }

 private:
  void copy(const Node& n) {
    std::vector<Value> args;
    for (const Value& a : n.args()) args.push_back(known_.at(a));
    const Values outputs = Builder().apply(n.op_ref(), args);
    for (std::size_t k = 0; k < outputs.size(); ++k)
      known_.try_emplace(Value(n.ref(), static_cast<std::int32_t>(k)), outputs[k]);
  }

  std::unordered_map<Value, Value, ValueHash> known_;
};

class Analysis {
 public:
  Analysis(const Function& f, std::string name, std::string& why) : f_(f), name_(std::move(name)), why_(why) {}

  std::optional<RowParts> run() {
    if (!place_parameters()) return {};
    for (const Node* n : topological(f_.results))
      if (is_a_step(*n) && !place(*n)) return {};
    find_kept();
    const RowParts made = parts();
    if (!are_told_extents(made)) return {};
    return made;
  }

 private:
  /// When a value is there.
  struct Place {
    bool rows =
        false;      ///< each row needs the same row of what has rows, and what has none; else it needs no single row
    int phase = 0;  ///< that computes its rows; or before which it is there
  };

  bool decline(std::string why) {
    why_ = std::move(why);
    return false;
  }

  bool mentions(Dim d) const {
    if (d.is_constant()) return false;
    const auto names = unknowns(d);
    return std::ranges::find(names, name_) != names.end();
  }
  bool mentions(std::span<const Dim> dims) const {
    return std::ranges::any_of(dims, [&](Dim d) { return mentions(d); });
  }
  static std::span<const Dim> dims_of(const Shape& s) { return {s.data(), s.size()}; }
  bool mentions(const Type& t) const { return !t.is_dense() || mentions(dims_of(t.shape)); }
  bool mentions(const expr::Affine& a) const {
    return mentions(a.offset) || std::ranges::any_of(a.terms, [&](const expr::Term& t) { return mentions(t.coef); });
  }
  bool mentions(const expr::Expr& e) const {
    const auto in_node = [&](const expr::Node& n) {
      return std::ranges::any_of(n.at, [&](const expr::Coord& c) { return mentions(c.at); }) ||
             std::ranges::any_of(
                 n.cond, [&](const expr::Cond& c) { return mentions(c.e.at) || mentions(c.lo) || mentions(c.hi); });
    };
    return std::ranges::any_of(e.domain.extent, [&](Dim d) { return mentions(d); }) ||
           std::ranges::any_of(e.nodes, in_node);
  }
  bool mentions(const Field& field) const {
    if (const auto* s = std::get_if<const Shape*>(&field.value)) return mentions(dims_of(**s));
    if (const auto* e = std::get_if<const expr::Expr*>(&field.value)) return !(*e)->nodes.empty() && mentions(**e);
    const auto* f = std::get_if<const FunctionPtr*>(&field.value);
    if (f == nullptr || !**f) return false;
    const auto names = unknowns(***f);
    return std::ranges::find(names, name_) != names.end();
  }
  bool mentions_in_fields(const Op& op) const {
    return std::ranges::any_of(op.fields(), [&](const Field& field) { return mentions(field); });
  }

  /// The unknown is the first extent, and in no other.
  bool has_rows(const Type& t) const {
    return t.is_dense() && t.rank() > 0 && bare_unknown(t.shape[0]) == name_ && !mentions(dims_of(t.shape).subspan(1));
  }

  Place place_of(const Value& v) const {
    const auto found = places_.find(v);
    return found == places_.end() ? Place() : found->second;
  }

  bool place_parameters() {
    for (const Value& p : f_.parameters) {
      if (!has_rows(p.type())) {
        if (mentions(p.type())) return decline(fmt::format("an argument is {}", p.type()));
        continue;
      }
      places_[p] = {true, 0};
      if (least_value(p.shape()[0]).value_or(2) > 1) return decline("it is never 1");
    }
    return true;
  }

  bool place(const Node& n) {
    Place now;
    for (const Value& v : n.args()) {
      const Place of = place_of(v);
      now = {now.rows || of.rows, std::max(now.phase, of.phase)};
    }
    const bool says = std::ranges::any_of(n.types(), [&](const Type& t) { return mentions(t); }) ||
                      (n.op().has_define() ? mentions(defined(n)) : mentions_in_fields(n.op()));
    if (!now.rows && !says) {
      for (std::size_t k = 0; k < n.outputs(); ++k) places_[output(n, k)] = now;
      return true;
    }
    if (const auto* scan = get_if<ScanLoop>(n.op())) return place_scan(n, *scan, now.phase);
    const bool stays = n.op().traits().view ? n.outputs() == 1 && has_rows(n.types()[0]) && has_rows(n.args()[0].type())
                                            : n.op().has_define() && keeps_rows(n, defined(n));
    if (!stays) return decline(fmt::format("{} needs more than one row at once, or to know which", n.op().name()));
    places_[output(n, 0)] = {true, now.phase};
    return true;
  }

  static Value output(const Node& n, std::size_t k) { return {n.ref(), static_cast<std::int32_t>(k)}; }
  static expr::Expr defined(const Node& n) {
    std::vector<Type> types;
    for (const Value& v : n.args()) types.push_back(v.type());
    return from(n.op(), [&] { return n.op().define(types); });
  }

  /// Output index 0 says which row, and nothing depends on it but the row that is read.
  bool keeps_rows(const Node& n, const expr::Expr& e) const {
    if (!has_rows(n.types()[0]) || e.domain.out.empty() || e.domain.out[0] != 1) return false;
    for (std::size_t i = 1; i < e.domain.extent.size(); ++i)
      if (mentions(e.domain.extent[i])) return false;
    const auto apart = [&](const expr::Coord& c) { return c.at.coef(0) == 0 && !mentions(c.at); };
    const auto fits = [&](const expr::Node& node) {
      std::size_t first = 0;
      if (node.kind == expr::Kind::Load && place_of(n.args()[static_cast<std::size_t>(node.operand)]).rows) {
        if (node.at[0] != expr::Coord{expr::Affine::of(0), expr::kNone}) return false;
        first = 1;
      }
      for (std::size_t d = first; d < node.at.size(); ++d)
        if (!apart(node.at[d])) return false;
      return std::ranges::all_of(node.cond,
                                 [&](const expr::Cond& c) { return apart(c.e) && !mentions(c.lo) && !mentions(c.hi); });
    };
    return std::ranges::all_of(e.nodes, fits);
  }

  /// In the first phase from `phase` on that goes the same way.
  bool place_scan(const Node& n, const ScanLoop& scan, int phase) {
    const auto carried = static_cast<std::size_t>(scan.carried),
               last = carried + static_cast<std::size_t>(scan.sequences);
    for (std::size_t k = 0; k < n.args().size(); ++k)
      if (place_of(n.args()[k]).rows != (k >= carried && k < last))
        return decline("scan takes all rows at once in each step");
    if (mentions_in_fields(n.op())) return decline("the steps of a scan know how many there are");
    while (reverse_.contains(phase) && reverse_.at(phase) != scan.reverse) ++phase;
    reverse_[phase] = scan.reverse;
    scans_.emplace_back(&n, phase);
    for (std::size_t k = 0; k < n.outputs(); ++k)
      places_[output(n, k)] = k < carried ? Place{false, phase + 1} : Place{true, phase};
    return true;
  }

  /// Rows that a later phase reads.
  void find_kept() {
    for (const Value& r : f_.results)
      if (const Place at = place_of(r); at.rows) phases_ = std::max(phases_, at.phase + 1);
    for (const auto& [n, phase] : scans_) phases_ = std::max(phases_, phase + 1);
    kept_.resize(static_cast<std::size_t>(phases_));
    for (const Node* n : topological(f_.results)) {
      if (!is_a_step(*n)) continue;
      int reader = place_of(output(*n, 0)).phase;
      for (const auto& [scan, phase] : scans_)
        if (scan == n) reader = phase;
      for (const Value& v : n->args()) {
        const Place at = place_of(v);
        if (!at.rows || at.phase >= reader || !is_a_step(*v.node())) continue;
        auto& kept = kept_[static_cast<std::size_t>(at.phase)];
        if (std::ranges::find(kept, v) == kept.end()) kept.push_back(v);
      }
    }
  }

  /// Puts parameters of `g` in place of the last states of loops in earlier phases.
  void take_ends(Function& g, Copier& copier, int phase) const {
    for (int p = 0; p < phase; ++p)
      for (const Value& end : states_after(p)) copier.replace(end, added(g, end.type()));
  }
  /// Each part is compiled by itself, for extents that its own arguments say.
  bool are_told_extents(const RowParts& made) {
    const auto is_told = [&](const Function& g) {
      for (const std::string& name : unknowns(g))
        if (!is_said(g, name)) return decline(fmt::format("?{}, which only rows say, is needed without them", name));
      return true;
    };
    return is_told(made.last) &&
           std::ranges::all_of(made.phases, [&](const RowPhase& p) { return is_told(p.first) && is_told(p.part); });
  }

  static Value added(Function& g, const Type& t) { return g.parameters.emplace_back(Node::parameter(t), 0); }

  std::vector<Value> states_after(int phase) const {
    std::vector<Value> list;
    for (const auto& [n, p] : scans_)
      for (std::size_t k = 0; p == phase && k < states_of(*n); ++k) list.push_back(output(*n, k));
    return list;
  }
  static std::size_t states_of(const Node& scan) {
    return static_cast<std::size_t>(get_if<ScanLoop>(scan.op())->carried);
  }

  RowParts parts() const {
    RowParts parts{.extent = name_};
    std::vector<Value> rows, fixed, others;
    for (std::size_t k = 0; k < f_.parameters.size(); ++k) {
      const bool has = place_of(f_.parameters[k]).rows;
      (has ? parts.rows : parts.fixed).push_back(k);
      (has ? rows : fixed).push_back(f_.parameters[k]);
    }
    for (int p = 0; p < phases_; ++p) parts.phases.push_back(phase(p, rows, fixed));
    Copier copier;
    parts.last = {f_.name + "_last", fixed, {}};
    take_ends(parts.last, copier, phases_);
    for (std::size_t k = 0; k < f_.results.size(); ++k) {
      if (place_of(f_.results[k]).rows) continue;
      parts.others.push_back(k);
      others.push_back(f_.results[k]);
    }
    parts.last.results = copier.copies(others);
    return parts;
  }

  RowPhase phase(int p, const std::vector<Value>& rows, const std::vector<Value>& fixed) const {
    RowPhase now{.reverse = reverse_.contains(p) && reverse_.at(p)};
    Copier of_first, of_part;
    now.first = {fmt::format("{}_first_{}", f_.name, p), fixed, {}};
    now.part = {fmt::format("{}_part_{}", f_.name, p), rows, {}};
    for (int earlier = 0; earlier < p; ++earlier)
      for (const Value& v : kept_[static_cast<std::size_t>(earlier)]) of_part.replace(v, added(now.part, v.type()));
    now.part.parameters.insert(now.part.parameters.end(), fixed.begin(), fixed.end());
    take_ends(now.first, of_first, p), take_ends(now.part, of_part, p);
    std::vector<Value> initial, wanted = kept_[static_cast<std::size_t>(p)];
    for (const Value& v : wanted) now.kept.push_back(v.type());
    for (const auto& [n, at] : scans_) {
      if (at != p) continue;
      std::vector<Value> states;
      for (std::size_t k = 0; k < states_of(*n); ++k) {
        initial.push_back(n->args()[k]);
        states.push_back(added(now.part, n->args()[k].type()));
      }
      replace_scan(of_part, *n, states);
    }
    for (std::size_t k = 0; k < f_.results.size(); ++k) {
      const Place at = place_of(f_.results[k]);
      if (!at.rows || at.phase != p) continue;
      now.results.push_back(k);
      wanted.push_back(f_.results[k]);
    }
    const std::vector<Value> next = states_after(p);
    now.states = next.size();
    wanted.insert(wanted.end(), next.begin(), next.end());
    now.first.results = of_first.copies(initial);
    now.part.results = of_part.copies(wanted);
    return now;
  }

  /// The loop begins with the states `now`.
  static void replace_scan(Copier& copier, const Node& n, const std::vector<Value>& now) {
    const std::vector<Value> rest(n.args().begin() + static_cast<std::ptrdiff_t>(now.size()), n.args().end());
    std::vector<Value> args = now;
    for (Value& v : copier.copies(rest)) args.push_back(std::move(v));
    const Values outputs = Builder().apply(n.op_ref(), args);
    for (std::size_t k = 0; k < outputs.size(); ++k) copier.replace(output(n, k), outputs[k]);
  }

  const Function& f_;
  std::string name_;
  std::string& why_;
  std::unordered_map<Value, Place, ValueHash> places_;  ///< of computed values, and of parameters with rows
  std::vector<std::pair<const Node*, int>> scans_;      ///< over rows, in the order of the graph, and their phases
  std::map<int, bool> reverse_;                         ///< by phase, where loops say it
  int phases_ = 1;
  std::vector<std::vector<Value>> kept_;  ///< by phase
};

}  // namespace

std::optional<RowParts> by_rows(const Function& f, std::string& why) {
  why = "it is the first extent of no argument";
  std::vector<std::string> tried;
  try {
    const Function inner = primitive(f);
    for (const std::string& name : unknowns(inner))
      if (!is_said(inner, name)) {
        why = fmt::format("no argument says ?{}", name);
        return {};
      }
    for (const Value& p : inner.parameters) {
      const auto name = p.type().is_dense() && p.rank() > 0 ? bare_unknown(p.shape()[0]) : std::nullopt;
      if (!name || std::ranges::find(tried, *name) != tried.end()) continue;
      tried.push_back(*name);
      if (auto parts = Analysis(inner, *name, why).run()) return parts;
    }
  } catch (const Error& e) {  // what cannot be expanded before the extent is known
    why = e.what();
  }
  return {};
}

}  // namespace tenon
