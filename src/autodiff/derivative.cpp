#include "autodiff/derivative.h"

#include <mutex>
#include <unordered_map>

#include "base/hash.h"
#include "expr/analyse.h"
#include "expr/gradient.h"
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

DerivativeTerm term_of(const expr::GradientTerm& g, const std::string& label) {
  DerivativeTerm term;
  if (is_identity(g.e)) {
    term.operands.push_back(g.e.node(g.e.body).operand);
    return term;
  }
  std::vector<std::int32_t> number(g.e.in.size(), -1);
  for (std::size_t k = 0; k < number.size(); ++k) {
    if (!g.reads_operand(static_cast<std::int32_t>(k))) continue;
    number[k] = static_cast<std::int32_t>(term.operands.size());
    term.operands.push_back(static_cast<std::int32_t>(k));
  }
  term.op = make_op(Formula{expr::renumber_operands(g.e, number), label});
  return term;
}

Derivative derive(const Op& op, std::span<const Type> in) {
  const Formula* formula = get_if<Formula>(op);
  std::string name = formula != nullptr && !formula->label.empty() ? formula->label : std::string(op.name());
  Expr e = op.define(in);
  Derivative d;
  std::array<bool, 3> reads{};
  auto n = static_cast<std::int32_t>(in.size());
  for (std::int32_t k = 0; k < n; ++k) {
    auto& terms = d.terms.emplace_back();
    for (const expr::GradientTerm& g : expr::gradient(e, k)) {
      if (is_zero(g.e)) continue;
      terms.push_back(term_of(g, name + " gradient"));
      for (std::size_t h = 0; h < reads.size(); ++h) reads[h] |= g.reads_operand(n + 1 + static_cast<std::int32_t>(h));
    }
  }
  const bool product = e.reducer == expr::Reducer::Prod;
  if (reads[0] && e.node(e.post).kind != Kind::Acc)
    d.helpers[0] = make_op(Formula{expr::reduced_only(e), name + " reduced"});
  if (reads[1])
    d.helpers[1] = product ? make_op(Formula{expr::zeros_of(e), name + " zeros"})
                           : make_op(Formula{expr::arg_of(e), name + " position"});
  if (reads[2]) d.helpers[2] = make_op(Formula{expr::product_of_others(e), name + " without zeros"});
  return d;
}

/// Derivatives by operator and operand types. When it is full it starts afresh.
class DerivativeMemory {
 public:
  std::shared_ptr<const Derivative> find(std::uint64_t key, const Op& op, std::span<const Type> in) {
    std::lock_guard lock(mutex_);
    for (auto [it, end] = entries_.equal_range(key); it != end; ++it)
      if (it->second.op->equals(op) && std::ranges::equal(it->second.in, in)) return it->second.derivative;
    return nullptr;
  }

  void add(std::uint64_t key, const OpRef& op, std::span<const Type> in, std::shared_ptr<const Derivative> derivative) {
    std::lock_guard lock(mutex_);
    if (entries_.size() >= kMost) entries_.clear();
    entries_.emplace(key, Entry{op, {in.begin(), in.end()}, std::move(derivative)});
  }

 private:
  static constexpr std::size_t kMost = 4096;
  struct Entry {
    OpRef op;
    std::vector<Type> in;
    std::shared_ptr<const Derivative> derivative;
  };
  std::mutex mutex_;
  std::unordered_multimap<std::uint64_t, Entry> entries_;
};

}  // namespace

std::shared_ptr<const Derivative> derivative_of(const OpRef& op, std::span<const Type> in) {
  static DerivativeMemory memory;
  std::uint64_t key = op->hash();
  for (const Type& t : in) {
    key = mix(key, hash_of(t));
  }
  if (auto known = memory.find(key, *op, in)) return known;
  auto derivative = std::make_shared<const Derivative>(derive(*op, in));
  memory.add(key, op, in, derivative);
  return derivative;
}

}  // namespace tenon
