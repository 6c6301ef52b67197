#include <optional>
#include <unordered_map>

#include "expr/analyse.h"
#include "op/formula.h"
#include "pass/formulas.h"
#include "pass/pass.h"

namespace tenon {

namespace {

using expr::Expr;
using expr::Kind;

/// Larger expressions compile slowly and gain nothing more.
constexpr std::size_t kMostNodes = 256, kMostOperands = 24;

struct Ref {
  std::size_t item = 0;
  std::int32_t output = 0;
  friend bool operator==(const Ref&, const Ref&) = default;
};

bool is_transcendental(expr::Fn fn) {
  return (fn >= expr::Fn::Exp && fn <= expr::Fn::Sigmoid) || fn == expr::Fn::Pow || fn == expr::Fn::Mod ||
         fn == expr::Fn::Atan2 || fn == expr::Fn::RandomBits || fn == expr::Fn::Div;
}

/// Costs no more to compute than to read back from memory.
bool is_cheap(const Expr& e) {
  int work = 0;
  for (const expr::Node& n : e.nodes)
    if (n.kind == Kind::Apply) work += is_transcendental(n.fn) ? 100 : 1;
  return work <= 3;
}

/// One load (or constant) at affine coordinates: pure renaming of elements.
bool is_renaming(const Expr& e) {
  if (e.reducer != expr::Reducer::None || e.node(e.post).kind != Kind::Acc) return false;
  const expr::Node& n = e.node(e.body);
  if (n.kind == Kind::Const) return true;
  return n.kind == Kind::Load && std::ranges::all_of(n.at, [](const expr::Coord& c) { return c.data == expr::kNone; });
}

/// Tiles of rows and of columns that a product must have at least so that its kernel copies its factors, and rows and
/// columns of the smallest tiles.
constexpr i64 kFewestTiles = 4, kTileRows = 16, kTileColumns = 64;

/// A product of matrices, rows x columns x depth, whose kernel copies a factor that has to be computed: each element is
/// then computed once.
bool copies_factors(const Expr& e) {
  if (!e.is_concrete()) return false;
  const auto c = expr::classify(e);
  if (!c || c->m.size() != 1 || c->n.size() != 1 || c->k.size() != 1 || !c->pre_a.empty() || !c->pre_b.empty() ||
      c->times != 1)
    return false;
  const expr::Pool& pool = c->open.p();
  const i64 m = pool.extent(c->m[0]), n = pool.extent(c->n[0]);
  return std::min(m, n) >= kFewestTiles * kTileRows && std::max(m, n) >= kFewestTiles * kTileColumns;
}

bool has_guard(const Expr& e) {
  return std::ranges::any_of(e.nodes, [](const expr::Node& n) { return n.kind == Kind::Guard; });
}

/// What is asked of an expression again and again, found when it is first asked.
class Facts {
 public:
  bool cheap(const Expr& e) {
    return known(cheap_, [&] { return is_cheap(e); });
  }
  bool renaming(const Expr& e) {
    return known(renaming_, [&] { return is_renaming(e); });
  }
  bool scatter(const Expr& e) {
    return known(scatter_, [&] { return expr::as_scatter(e).has_value(); });
  }
  bool contraction(const Expr& e) {
    return known(contraction_, [&] { return expr::classify(e).has_value(); });
  }
  bool copying(const Expr& e) {
    return known(copying_, [&] { return copies_factors(e); });
  }

 private:
  template <class F>
  static bool known(std::optional<bool>& fact, const F& find) {
    if (!fact) fact = find();
    return *fact;
  }
  std::optional<bool> cheap_, renaming_, scatter_, contraction_, copying_;
};

struct Item {
  const Node* node = nullptr;
  bool formula = false;
  Expr e;
  std::string label;
  std::vector<Ref> args;
  int uses = 0;                           ///< by arguments of items that are alive
  bool pinned = false;                    ///< a result of the function
  Facts facts = {};                       ///< of `e`
  std::vector<std::size_t> refused = {};  ///< items that no single formula says together with `e`
};

class Fuser {
 public:
  Fuser(const Function& f, Remarks& remarks) : f_(f), remarks_(remarks) {
    std::unordered_map<const Node*, std::size_t> number;
    for (const Node* n : topological(f.results)) {
      Item item;
      item.node = n;
      if (!n->is_parameter() && !n->is_settled()) {
        for (const Value& v : n->args()) item.args.push_back({number.at(v.node().get()), v.output()});
        if (const Formula* formula = get_if<Formula>(n->op())) {
          item.formula = true;
          item.e = compact_operands(formula->e, item.args);
          item.label = formula->label;
        }
      }
      for (Ref r : item.args) ++items_[r.item].uses;
      number[n] = items_.size();
      items_.push_back(std::move(item));
    }
    for (const Value& v : f.results) {
      results_.push_back({number.at(v.node().get()), v.output()});
      items_[results_.back().item].pinned = true;
    }
  }

  Function run() {
    // Merging takes time by the sizes of both. In a long chain, small pieces first is faster by far than one growing
    // piece; elsewhere it only looks at the same pairs again.
    constexpr std::size_t kLong = 4096;
    if (items_.size() > kLong)
      for (std::size_t limit : {kMostNodes / 16, kMostNodes / 4}) merge_up_to(limit);
    merge_up_to(kMostNodes);
    return emit();
  }

 private:
  /// Merges producers of at most so many nodes.
  void merge_up_to(std::size_t limit) {
    for (std::size_t c = 0; c < items_.size(); ++c) {
      const bool alive = items_[c].uses > 0 || items_[c].pinned;
      for (bool again = items_[c].formula && alive; again;) {
        again = false;
        for (std::size_t k = 0; k < items_[c].args.size() && !again; ++k)
          if (items_[items_[c].args[k].item].e.nodes.size() <= limit) again = try_fuse(items_[c], k);
      }
    }
  }

  /// Why merging `p` into `c` would not pay; nothing where it does.
  std::string_view objection(Item& c, std::size_t k, Item& p) const {
    bool sole = p.uses == 1 && !p.pinned;
    if (p.e.reducer != expr::Reducer::None) {
      if (!sole) return "its reduction would be repeated for each reader";
      if (c.e.reducer != expr::Reducer::None) return "both reduce";
      if (p.facts.scatter(p.e)) return "a scatter adds in its output, which nothing can follow in the same loops";
      return {};
    }
    auto operand = static_cast<std::int32_t>(k);
    bool in_body = body_reads(c.e, operand);
    if (in_body && c.e.reducer == expr::Reducer::Sum && c.facts.contraction(c.e)) {
      if (p.facts.renaming(p.e)) return {};
      if (!sole) return "a contraction computes a factor while it copies it; others would compute it again";
      if (has_guard(p.e))
        return "its condition would be tested at every step of the contraction, not while it is copied";
      if (!p.facts.cheap(p.e)) return "expensive work would be repeated for each thread's copy of the factor";
      return c.facts.copying(c.e) ? std::string_view()
                                  : "a contraction that does not copy its factors reads them often";
    }
    if (p.facts.cheap(p.e)) return {};
    if (!sole) return "expensive work would be repeated for each reader";
    if (!p.e.is_concrete() || !c.e.is_concrete()) return "how often it would be repeated depends on unknown extents";
    double reads = 1;
    for (expr::IndexId i = 0; i < (in_body ? c.e.domain.indices() : c.e.domain.parallel); ++i)
      reads *= static_cast<double>(c.e.domain.extent[static_cast<std::size_t>(i)]);
    return reads <= points_of(p.e) ? std::string_view() : "expensive work would be repeated for each element read";
  }

  bool declined(const Item& c, const Item& p, std::string_view why) const {
    remarks_.declined_at(*p.node, why, c.node);
    return false;
  }

  bool try_fuse(Item& c, std::size_t k) {
    Item& p = items_[c.args[k].item];
    if (!p.formula) return false;
    if (c.args.size() + p.args.size() > kMostOperands) return declined(c, p, "there would be too many operands");
    if (std::string_view why = objection(c, k, p); !why.empty()) return declined(c, p, why);
    if (c.e.nodes.size() + p.e.nodes.size() > 2 * kMostNodes)
      return declined(c, p, "the expression would be too large");
    if (std::ranges::find(c.refused, c.args[k].item) != c.refused.end()) return false;
    std::string why;
    auto fused = expr::fuse(c.e, static_cast<std::int32_t>(k), p.e, &why);
    if (!fused) {
      c.refused.push_back(c.args[k].item);
      return declined(c, p, why);
    }
    if (fused->nodes.size() > kMostNodes) return declined(c, p, "the expression would be too large");
    remarks_.did_to(*p.node, "merged", c.node);

    std::vector<Ref> args = c.args;
    args.erase(args.begin() + static_cast<std::ptrdiff_t>(k));
    args.insert(args.end(), p.args.begin(), p.args.end());
    for (Ref r : c.args) --items_[r.item].uses;
    c.e = compact_operands(*fused, args);
    c.facts = {};
    c.args = std::move(args);
    for (Ref r : c.args) ++items_[r.item].uses;
    if (p.uses == 0 && !p.pinned)
      for (Ref r : p.args) --items_[r.item].uses;
    c.label = p.label + "+" + c.label;
    return true;
  }

  Function emit() const {
    std::vector<std::vector<Value>> value(items_.size());
    auto args_of = [&](const Item& item) {
      SmallVector<Value, 3> args;
      for (Ref r : item.args) args.push_back(value[r.item][static_cast<std::size_t>(r.output)]);
      return args;
    };
    std::unordered_map<const Node*, Value> parameter;
    for (const Value& v : f_.parameters) parameter[v.node().get()] = v;
    for (std::size_t k = 0; k < items_.size(); ++k) {
      const Item& item = items_[k];
      if (item.uses == 0 && !item.pinned) continue;
      if (item.node->is_parameter()) {
        value[k] = {parameter.at(item.node)};
        continue;
      }
      if (item.node->is_settled()) {
        for (std::size_t o = 0; o < item.node->outputs(); ++o)
          value[k].emplace_back(Node::leaf(item.node->result(static_cast<std::int32_t>(o))), 0);
        continue;
      }
      NodeRef node = item.formula ? Node::make(make_op(Formula{item.e, item.label}), args_of(item))
                                  : Node::make(item.node->op_ref(), args_of(item));
      for (std::size_t o = 0; o < node->outputs(); ++o) value[k].push_back({node, static_cast<std::int32_t>(o)});
    }
    Function g = f_;
    for (std::size_t r = 0; r < g.results.size(); ++r)
      g.results[r] = value[results_[r].item][static_cast<std::size_t>(results_[r].output)];
    return g;
  }

  const Function& f_;
  Remarks& remarks_;
  std::vector<Item> items_;
  std::vector<Ref> results_;
};

}  // namespace

Function fuse_formulas(const Function& f, Remarks& remarks) { return Fuser(f, remarks).run(); }

}  // namespace tenon
