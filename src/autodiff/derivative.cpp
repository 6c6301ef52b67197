#include "autodiff/derivative.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "base/hash.h"
#include "expr/analyse.h"
#include "expr/gradient.h"
#include "expr/tangent.h"
#include "op/formula.h"

namespace tenon {

namespace {

using expr::Expr;
using expr::Kind;

/// Each element of the result is the same element of one operand.
bool is_identity(const Expr& e) {
  const expr::Node& n = e.node(e.body);
  if (e.reducer != expr::Reducer::None || e.node(e.post).kind != Kind::Acc || n.kind != Kind::Load) return false;
  if (e.in[static_cast<std::size_t>(n.operand)] != e.type()) return false;
  for (std::size_t d = 0; d < n.at.size(); ++d) {
    bool unit = e.type().shape[d] == 1 && n.at[d].at == expr::Affine(0);
    if (n.at[d].data != expr::kNone || (!unit && n.at[d].at != e.out_coord(d))) return false;
  }
  return true;
}

bool is_zero(const Expr& e) {
  const expr::Node& body = e.node(e.body);
  return e.reducer == expr::Reducer::None && e.node(e.post).kind == Kind::Acc && body.kind == Kind::Const &&
         body.value.as_double() == 0;
}

DerivativeTerm term_of(const Expr& e, const std::string& label) {
  DerivativeTerm term;
  if (is_identity(e)) {
    term.operands.push_back(e.node(e.body).operand);
    return term;
  }
  std::vector<std::int32_t> number(e.in.size(), -1);
  for (std::size_t k = 0; k < number.size(); ++k) {
    if (!expr::reads_operand(e, static_cast<std::int32_t>(k))) continue;
    number[k] = static_cast<std::int32_t>(term.operands.size());
    term.operands.push_back(static_cast<std::int32_t>(k));
  }
  term.op = make_op(Formula{expr::renumber_operands(e, number), label});
  return term;
}

std::string label_of(const Op& op) {
  const Formula* formula = get_if<Formula>(op);
  return formula != nullptr && !formula->label.empty() ? formula->label : std::string(op.name());
}

/// What terms read of these values behind the operands.
std::array<OpRef, 3> helpers_of(const Expr& e, const std::array<bool, 3>& reads, const std::string& name) {
  std::array<OpRef, 3> helpers;
  const bool product = e.reducer == expr::Reducer::Prod;
  if (reads[0] && e.node(e.post).kind != Kind::Acc)
    helpers[0] = make_op(Formula{expr::reduced_only(e), name + " reduced"});
  if (reads[1])
    helpers[1] = product ? make_op(Formula{expr::zeros_of(e), name + " zeros"})
                         : make_op(Formula{expr::arg_of(e), name + " position"});
  if (reads[2]) helpers[2] = make_op(Formula{expr::product_of_others(e), name + " without zeros"});
  return helpers;
}

Derivative derive(const Op& op, std::span<const Type> in) {
  const std::string name = label_of(op);
  Expr e = op.define(in);
  Derivative d;
  std::array<bool, 3> reads{};
  auto n = static_cast<std::int32_t>(in.size());
  for (std::int32_t k = 0; k < n; ++k) {
    auto& terms = d.terms.emplace_back();
    for (const expr::GradientTerm& g : expr::gradient(e, k)) {
      if (is_zero(g.e)) continue;
      terms.push_back(term_of(g.e, name + " gradient"));
      for (std::size_t h = 0; h < reads.size(); ++h) reads[h] |= g.reads_operand(n + 1 + static_cast<std::int32_t>(h));
    }
  }
  d.helpers = helpers_of(e, reads, name);
  return d;
}

TangentFormula derive_tangent(const Op& op, std::span<const Type> in, std::span<const char> active) {
  TangentFormula t;
  const Expr e = op.define(in);
  const std::optional<Expr> tangent = expr::tangent(e, active);
  if (!tangent || is_zero(*tangent)) return t;
  const std::string name = label_of(op);
  t.term = term_of(*tangent, name + " tangent");
  const auto first = static_cast<std::int32_t>(in.size()) +
                     static_cast<std::int32_t>(std::ranges::count_if(active, [](char a) { return a != 0; }));
  std::array<bool, 3> reads{};
  for (std::size_t h = 0; h < reads.size(); ++h)
    reads[h] = expr::reads_operand(*tangent, first + static_cast<std::int32_t>(h));
  t.helpers = helpers_of(e, reads, name);
  return t;
}

/// What was derived, by operator, operand types and which operands count. When it is full it starts afresh.
template <class T>
class Memory {
 public:
  template <class Derive>
  std::shared_ptr<const T> get(const OpRef& op, std::span<const Type> in, std::span<const char> active,
                               const Derive& derive_it) {
    std::uint64_t key = op->hash();
    for (const Type& t : in) key = mix(key, hash_of(t));
    for (char a : active) key = mix(key, static_cast<std::uint64_t>(a));
    if (auto known = find(key, *op, in, active)) return known;
    auto derived = std::make_shared<const T>(derive_it());
    std::lock_guard lock(mutex_);
    if (entries_.size() >= kMost) entries_.clear();
    entries_.emplace(key, Entry{op, {in.begin(), in.end()}, {active.begin(), active.end()}, derived});
    return derived;
  }

 private:
  static constexpr std::size_t kMost = 4096;
  struct Entry {
    OpRef op;
    std::vector<Type> in;
    std::vector<char> active;
    std::shared_ptr<const T> derived;
  };

  std::shared_ptr<const T> find(std::uint64_t key, const Op& op, std::span<const Type> in,
                                std::span<const char> active) {
    std::lock_guard lock(mutex_);
    for (auto [it, end] = entries_.equal_range(key); it != end; ++it)
      if (it->second.op->equals(op) && std::ranges::equal(it->second.in, in) &&
          std::ranges::equal(it->second.active, active))
        return it->second.derived;
    return nullptr;
  }

  std::mutex mutex_;
  std::unordered_multimap<std::uint64_t, Entry> entries_;
};

}  // namespace

std::shared_ptr<const Derivative> derivative_of(const OpRef& op, std::span<const Type> in) {
  static Memory<Derivative> memory;
  return memory.get(op, in, {}, [&] { return derive(*op, in); });
}

std::shared_ptr<const TangentFormula> tangent_of(const OpRef& op, std::span<const Type> in,
                                                 std::span<const char> active) {
  static Memory<TangentFormula> memory;
  return memory.get(op, in, active, [&] { return derive_tangent(*op, in, active); });
}

}  // namespace tenon
