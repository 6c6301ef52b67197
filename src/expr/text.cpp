#include "expr/text.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

namespace tenon::expr {

namespace {

/// Deeper scalars are named in parts; the parser reads 200 levels.
constexpr int kDeepestText = 100;
constexpr std::uint64_t kUsualNan = 0x7ff8000000000000;

/// How tightly an operator binds; a looser operand needs parentheses.
enum Level : int { kComparison = 1, kSum, kProduct, kAtom };

struct Infix {
  std::string_view symbol;
  int level;
};

Infix infix_of(Fn fn) {
  switch (fn) {
    case Fn::Add: return {"+", kSum};
    case Fn::Sub: return {"-", kSum};
    case Fn::Mul: return {"*", kProduct};
    case Fn::Div: return {"/", kProduct};
    case Fn::Eq: return {"==", kComparison};
    case Fn::Ne: return {"!=", kComparison};
    case Fn::Lt: return {"<", kComparison};
    case Fn::Le: return {"<=", kComparison};
    case Fn::Gt: return {">", kComparison};
    case Fn::Ge: return {">=", kComparison};
    default: return {"", kAtom};
  }
}

std::string number_text(Number v) {
  if (v.integral) return integer_text(v);
  if (std::isnan(v.f)) {
    auto bits = std::bit_cast<std::uint64_t>(v.f);
    return bits == kUsualNan ? "nan" : fmt::format("nan({:#x})", bits);
  }
  if (std::isinf(v.f)) return v.f < 0 ? "-inf" : "inf";
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, v.f).ptr;
  return {buffer, end};
}

using Monomials = std::vector<std::pair<std::string, i64>>;

class Printer {
 public:
  explicit Printer(const Expr& e) : e_(e), uses_(e.nodes.size(), 0), name_(e.nodes.size()) {
    for (IndexId i = 0; i < e.domain.indices(); ++i)
      index_.push_back(e.is_parallel(i) ? fmt::format("i{}", i) : fmt::format("k{}", i - e.domain.parallel));
  }

  const std::string& index(IndexId i) const { return index_[static_cast<std::size_t>(i)]; }

  std::string affine(const Affine& a) const {
    std::string s;
    auto term = [&](Dim coef, const std::string& name) {
      for (const auto& [unknowns, k] : coef.is_constant() ? Monomials{{"", coef.value()}} : monomials(coef)) {
        s += s.empty() ? (k < 0 ? "-" : "") : (k < 0 ? " - " : " + ");
        std::string size = to_string(k < 0 ? -Dim(k) : Dim(k)), factors = unknowns;
        if (!name.empty()) factors += (factors.empty() ? "" : "*") + name;
        s += factors.empty() ? size : size == "1" ? factors : size + "*" + factors;
      }
    };
    for (const Term& t : a.terms) term(t.coef, index(t.index));
    if (a.offset != 0 || s.empty()) term(a.offset, "");
    return a.den == 1 ? s : fmt::format("({})/{}", s, a.den);
  }

  /// A root with its shared parts named first.
  std::string root(NodeId id) {
    std::fill(uses_.begin(), uses_.end(), 0);
    std::fill(name_.begin(), name_.end(), std::string());
    count(id);
    std::string lets;
    std::vector<int> nesting(e_.nodes.size(), 0);
    for (NodeId k = 0; k < id; ++k) {
      auto at = static_cast<std::size_t>(k);
      Kind kind = e_.node(k).kind;
      bool leaf = kind == Kind::Const || kind == Kind::Acc || kind == Kind::Value || kind == Kind::Load;
      for_each_child(
          k, [&](NodeId child) { nesting[at] = std::max(nesting[at], nesting[static_cast<std::size_t>(child)] + 1); });
      bool deep = nesting[at] > kDeepestText;
      if (uses_[at] == 0 || (!deep && (uses_[at] < 2 || leaf))) continue;
      nesting[at] = 0;
      std::string text = scalar(k, 0);
      name_[at] = fmt::format("t{}", named_++);
      lets += fmt::format("let {} = {}; ", name_[at], text);
    }
    return lets + scalar(id, 0);
  }

  std::string coord(const Coord& c) {
    if (c.data == kNone) return affine(c.at);
    std::string s = "{" + scalar(c.data, 0) + "}";
    return c.at == Affine(0) ? s : s + " + " + affine(c.at);
  }

 private:
  template <class F>
  void for_each_child(NodeId id, F&& f) {
    const Node& n = e_.node(id);
    for (NodeId a : n.args) f(a);
    for (const Coord& c : n.at)
      if (c.data != kNone) f(c.data);
    for (const Cond& c : n.cond)
      if (c.e.data != kNone) f(c.e.data);
  }

  void count(NodeId root) {
    std::vector<NodeId> stack{root};
    while (!stack.empty()) {
      NodeId id = stack.back();
      stack.pop_back();
      if (uses_[static_cast<std::size_t>(id)]++ > 0) continue;
      for_each_child(id, [&](NodeId child) { stack.push_back(child); });
    }
  }

  std::string cond(const Cond& c) {
    std::string e = coord(c.e);
    bool low = c.lo != -kInf, high = c.hi != kInf;
    if (!low && !high) return "exact " + e;
    if (low && high && c.hi == c.lo + 1) return fmt::format("{} == {}", e, c.lo);
    return (low ? fmt::format("{} <= ", c.lo) : "") + e + (high ? fmt::format(" < {}", c.hi) : "");
  }

  template <class List, class F>
  std::string list(const List& items, F&& text) {
    std::string s;
    for (const auto& item : items) s += (s.empty() ? "" : ", ") + text(item);
    return s;
  }

  std::string scalar(NodeId id, int level) {
    if (const std::string& name = name_[static_cast<std::size_t>(id)]; !name.empty()) return name;
    const Node& n = e_.node(id);
    auto arg = [&](std::size_t k) { return scalar(n.args[k], 0); };
    switch (n.kind) {
      case Kind::Const: return fmt::format("{}:{}", number_text(n.value), n.dtype);
      case Kind::Acc: return "acc";
      case Kind::Value: return fmt::format("index({})", coord(n.at[0]));
      case Kind::Load: return fmt::format("x{}[{}]", n.operand, list(n.at, [&](const Coord& c) { return coord(c); }));
      case Kind::Select: return fmt::format("select({}, {}, {})", arg(0), arg(1), arg(2));
      case Kind::Cast: return fmt::format("{}({})", n.dtype, arg(0));
      case Kind::Guard:
        return fmt::format("guard({}; {}; {})", list(n.cond, [&](const Cond& c) { return cond(c); }), arg(0), arg(1));
      default: break;
    }
    Infix op = infix_of(n.fn);
    if (op.symbol.empty())
      return fmt::format("{}({})", name_of(n.fn), list(n.args, [&](NodeId a) { return scalar(a, 0); }));
    int left = op.level == kComparison ? kSum : op.level;
    std::string s = fmt::format("{} {} {}", scalar(n.args[0], left), op.symbol, scalar(n.args[1], op.level + 1));
    return op.level < level ? "(" + s + ")" : s;
  }

  const Expr& e_;
  std::vector<std::string> index_;
  std::vector<int> uses_;
  std::vector<std::string> name_;
  int named_ = 0;
};

std::string domain_text(const Expr& e, const Printer& p) {
  auto entry = [&](IndexId i) {
    return fmt::format("{}:{}", p.index(i), e.domain.extent[static_cast<std::size_t>(i)]);
  };
  std::string s = "[";
  IndexId i = 0;
  for (std::size_t d = 0; d < e.domain.out.size(); ++d) {
    std::string group;
    for (std::int32_t k = 0; k < e.domain.out[d]; ++k) group += (k ? ", " : "") + entry(i++);
    s += (d ? ", " : "") + (e.domain.out[d] == 1 ? group : "(" + group + ")");
  }
  for (; i < e.domain.indices(); ++i) s += (i == e.domain.parallel ? (i ? " | " : "| ") : ", ") + entry(i);
  return s + "]";
}

}  // namespace

std::string to_text(const Expr& e) {
  Printer p(e);
  std::string s = domain_text(e, p) + " ";
  if (e.reducer != Reducer::None) s += fmt::format("{} {}: ", name_of(e.reducer), e.accumulate);
  s += p.root(e.body);
  if (e.node(e.post).kind != Kind::Acc) s += " -> " + p.root(e.post);
  return s;
}

std::string to_loops(const Expr& e) {
  Printer p(e);
  std::string s, indent;
  auto open = [&](std::string_view kind, IndexId i) {
    s += fmt::format("{}{} {} < {}\n", indent, kind, p.index(i), e.domain.extent[static_cast<std::size_t>(i)]);
    indent += "  ";
  };
  for (IndexId i = 0; i < e.domain.parallel; ++i) open("parallel", i);
  std::string outer = indent, out;
  for (std::size_t d = 0; d < e.domain.out.size(); ++d) out += (d ? ", " : "") + p.affine(e.out_coord(d));
  if (e.reducer == Reducer::None) {
    s += fmt::format("{}acc = {}\n", indent, p.root(e.body));
  } else {
    s += fmt::format("{}acc = {}\n", indent, number_text(identity_of(e.reducer, e.accumulate)));
    for (IndexId i = e.domain.parallel; i < e.domain.indices(); ++i) open("reduce", i);
    s += fmt::format("{}acc = {}(acc, {})\n", indent, name_of(e.reducer), p.root(e.body));
  }
  return s + fmt::format("{}out[{}] = {}\n", outer, out, p.root(e.post));
}

}  // namespace tenon::expr
