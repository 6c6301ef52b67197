#include "compile/rows.h"

#include <algorithm>
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
  const auto composite = [](const Node* n) {
    return is_a_step(*n) && n->op().has_expand() && !n->op().traits().view;
  };
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
    return parts();
  }

 private:
  enum class Kind : std::uint8_t {
    Fixed,  ///< needs nothing that has rows
    Rows,   ///< each row needs the same row of what has rows, and what is fixed
    Last,   ///< needs the last states of loops over rows
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

  Kind kind_of(const Value& v) const {
    const auto found = kinds_.find(v);
    return found == kinds_.end() ? Kind::Fixed : found->second;
  }

  bool place_parameters() {
    for (const Value& p : f_.parameters) {
      if (!has_rows(p.type())) {
        if (mentions(p.type())) return decline(fmt::format("an argument is {}", p.type()));
        continue;
      }
      kinds_[p] = Kind::Rows;
      if (least_value(p.shape()[0]).value_or(2) > 1) return decline("it is never 1");
    }
    return true;
  }

  bool place(const Node& n) {
    Kind most = Kind::Fixed;
    bool mixed = false;
    for (const Value& v : n.args()) {
      const Kind k = kind_of(v);
      mixed |= most != Kind::Fixed && k != Kind::Fixed && k != most;
      most = std::max(most, k);
    }
    if (mixed) return decline(fmt::format("{} needs the end of a loop for each row", n.op().name()));
    const bool says = std::ranges::any_of(n.types(), [&](const Type& t) { return mentions(t); }) ||
                      (!n.op().has_define() && mentions_in_fields(n.op()));
    if (most != Kind::Rows && !says && !(n.op().has_define() && mentions(defined(n)))) {
      for (std::size_t k = 0; k < n.outputs() && most == Kind::Last; ++k) kinds_[output(n, k)] = most;
      return true;
    }
    if (most == Kind::Last) return decline(fmt::format("{} has rows made of the end of a loop", n.op().name()));
    if (const auto* scan = get_if<ScanLoop>(n.op())) return place_scan(n, *scan);
    const bool stays = n.op().traits().view ? has_rows(n.types()[0]) && has_rows(n.args()[0].type())
                                            : n.op().has_define() && keeps_rows(n, defined(n));
    if (!stays) return decline(fmt::format("{} needs more than one row at once, or to know which", n.op().name()));
    kinds_[output(n, 0)] = Kind::Rows;
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
      if (node.kind == expr::Kind::Load && kind_of(n.args()[static_cast<std::size_t>(node.operand)]) == Kind::Rows) {
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

  bool place_scan(const Node& n, const ScanLoop& scan) {
    const auto carried = static_cast<std::size_t>(scan.carried),
               last = carried + static_cast<std::size_t>(scan.sequences);
    for (std::size_t k = 0; k < n.args().size(); ++k) {
      const Value& v = n.args()[k];
      const bool sequence = k >= carried && k < last;
      if (kind_of(v) != (sequence ? Kind::Rows : Kind::Fixed))
        return decline("scan takes all rows at once in each step");
    }
    if (mentions_in_fields(n.op())) return decline("the steps of a scan know how many there are");
    if (!scans_.empty() && reverse_ != scan.reverse) return decline("there are loops in both directions");
    reverse_ = scan.reverse;
    scans_.push_back(&n);
    for (std::size_t k = 0; k < n.outputs(); ++k) kinds_[output(n, k)] = k < carried ? Kind::Last : Kind::Rows;
    return true;
  }

  std::optional<RowParts> parts() const {
    RowParts p{.extent = name_, .reverse = reverse_};
    std::vector<Value> fixed;
    p.part.name = f_.name + "_part", p.first.name = f_.name + "_first", p.last.name = f_.name + "_last";
    for (std::size_t k = 0; k < f_.parameters.size(); ++k) {
      const bool has = kind_of(f_.parameters[k]) == Kind::Rows;
      (has ? p.rows : p.fixed).push_back(k);
      (has ? p.part.parameters : fixed).push_back(f_.parameters[k]);
    }
    p.part.parameters.insert(p.part.parameters.end(), fixed.begin(), fixed.end());
    p.first.parameters = p.last.parameters = fixed;
    Copier of_part, of_last, of_first;
    std::vector<Value> first, next, rows, others;
    for (const Node* n : scans_) {
      const auto carried = static_cast<std::size_t>(get_if<ScanLoop>(n->op())->carried);
      std::vector<Value> now;
      for (std::size_t k = 0; k < carried; ++k) {
        first.push_back(n->args()[k]);
        next.push_back(output(*n, k));
        now.emplace_back(Node::parameter(n->args()[k].type()), 0);
        p.last.parameters.emplace_back(Node::parameter(now.back().type()), 0);
        of_last.replace(output(*n, k), p.last.parameters.back());
      }
      p.part.parameters.insert(p.part.parameters.end(), now.begin(), now.end());
      replace_scan(of_part, *n, now);
    }
    p.states = next.size();
    for (std::size_t k = 0; k < f_.results.size(); ++k) {
      const bool has = kind_of(f_.results[k]) == Kind::Rows;
      (has ? p.results : p.others).push_back(k);
      (has ? rows : others).push_back(f_.results[k]);
    }
    rows.insert(rows.end(), next.begin(), next.end());
    p.part.results = of_part.copies(rows);
    p.first.results = of_first.copies(first);
    p.last.results = of_last.copies(others);
    return p;
  }

  /// The loop begins with the states `now`.
  static void replace_scan(Copier& copier, const Node& n, const std::vector<Value>& now) {
    std::vector<Value> rest(n.args().begin() + static_cast<std::ptrdiff_t>(now.size()), n.args().end());
    std::vector<Value> args = now;
    for (Value& v : copier.copies(rest)) args.push_back(std::move(v));
    const Values outputs = Builder().apply(n.op_ref(), args);
    for (std::size_t k = 0; k < outputs.size(); ++k) copier.replace(output(n, k), outputs[k]);
  }

  const Function& f_;
  std::string name_;
  std::string& why_;
  std::unordered_map<Value, Kind, ValueHash> kinds_;  ///< of values that are not fixed
  std::vector<const Node*> scans_;                    ///< over rows, in the order of the graph
  bool reverse_ = false;
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
