#include "expr/formula_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "expr/formula.h"

namespace tenon::expr {

namespace {

constexpr int kMostParts = 400;

/// What the language has no words for.
struct Unwritable {};

enum Level : int { kAny, kAnd, kNot, kComparison, kSum, kProduct, kAtom };

template <class List, class F>
std::string listed(const List& items, const char* between, F&& text) {
  std::string s;
  bool first = true;
  for (const auto& item : items) {
    if (!std::exchange(first, false)) s += between;
    s += text(item);
  }
  return s;
}

class Writer {
 public:
  /// The loads of `padded` are written as if they might lie outside.
  Writer(const Expr& e, const FormulaNames& names, const std::set<NodeId>& padded)
      : e_(e),
        names_(names),
        padded_(padded),
        index_(index_names(e, names)),
        inferred_(index_.size()),
        other_(index_.size()),
        used_(index_.size()) {}

  std::string run() {
    const std::vector<IndexId> reduced = reduced_indices();
    const bool reduces = e_.reducer != Reducer::None && !reduced.empty();
    std::string value, sign = " = ";
    if (reduces && e_.node(e_.post).kind == Kind::Acc && accumulate_type(e_.accumulate) == e_.accumulate) {
      value = scalar(e_.body, kAny);
      if (std::ranges::all_of(reduced, [&](IndexId i) { return used_[at(i)]; }))
        sign = assignment();
      else
        value = reduction(value);
    } else {
      value = scalar(e_.post, kAny);
    }
    return target() + sign + value + ranges();
  }

 private:
  static std::size_t at(IndexId i) { return static_cast<std::size_t>(i); }
  const std::string& name(IndexId i) const { return index_[at(i)]; }

  std::vector<IndexId> reduced_indices() const {
    std::vector<IndexId> list;
    for (IndexId i = e_.domain.parallel; i < e_.domain.indices(); ++i) list.push_back(i);
    return list;
  }

  std::string target() const {
    if (e_.domain.out.empty()) return names_.target;
    IndexId next = 0;
    return names_.target + "[" +
           listed(e_.domain.out, ",",
                  [&](std::int32_t joined) {
                    std::vector<IndexId> group(static_cast<std::size_t>(joined));
                    for (IndexId& i : group) i = next++;
                    const std::string inside = listed(group, ",", [&](IndexId i) { return name(i); });
                    if (joined == 0) throw Unwritable{};
                    return joined == 1 ? inside : "(" + inside + ")";
                  }) +
           "]";
  }

  std::string assignment() const {
    if (e_.reducer == Reducer::Sum) return " += ";
    if (e_.reducer == Reducer::Prod) return " *= ";
    return fmt::format(" {}= ", name_of(e_.reducer));
  }
  std::string reduction(const std::string& body) const {
    return fmt::format("{}[{}]({})", name_of(e_.reducer),
                       listed(reduced_indices(), ",", [&](IndexId i) { return name(i); }), body);
  }

  /// The ranges that do not follow from the accesses.
  std::string ranges() const {
    std::vector<std::string> list;
    for (std::size_t k = 0; k < index_.size(); ++k)
      if (!inferred_[k] || other_[k]) list.push_back(fmt::format("{} in 0:{}", index_[k], extent(e_.domain.extent[k])));
    return list.empty() ? "" : " where " + listed(list, ", ", [](const std::string& s) { return s; });
  }

  /// An unknown as the size of a tensor that has it, else by its name.
  std::string extent(Dim d) const {
    if (d.is_constant()) return to_string(d);
    if (const std::string size = size_of(d); !size.empty()) return size;
    const std::string text = to_string(d);
    std::string s;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t from = at;
      const auto unknown = read_unknown(text, at);
      s += unknown ? unknown_extent(*unknown, text.substr(from, at - from)) : std::string(1, text[at++]);
    }
    return s;
  }
  std::string unknown_extent(Dim d, const std::string& text) const {
    if (const std::string size = size_of(d); !size.empty()) return size;
    constexpr std::string_view kFloor = "floor((";
    if (!text.starts_with(kFloor)) return text.substr(0, text.find(':'));
    const std::size_t close = text.rfind(")/");
    return "floor((" + extent(dim_from_string(text.substr(kFloor.size(), close - kFloor.size()))) + text.substr(close);
  }
  std::string size_of(Dim d) const {
    auto found = [&](const std::string& name, const Type& type) {
      const auto at = std::ranges::find(type.shape, d);
      return at == type.shape.end() ? "" : fmt::format("size({},{})", name, at - type.shape.begin());
    };
    for (const Node& n : e_.nodes) {
      if (n.kind != Kind::Load) continue;
      const auto k = static_cast<std::size_t>(n.operand);
      if (std::string s = found(names_.operands[k], e_.in[k]); !s.empty()) return s;
    }
    for (std::size_t k = 0; k < e_.in.size(); ++k)
      if (std::string s = found(names_.operands[k], e_.in[k]); !s.empty() && !names_.operands[k].empty()) return s;
    for (const auto& [name, type] : names_.others)
      if (std::string s = found(name, type); !s.empty()) return s;
    return "";
  }

  std::string affine(const Affine& a) {
    std::string s;
    auto term = [&](Dim coef, const std::string& factor) {
      if (!coef.is_constant()) {
        const std::string text = extent(coef);
        const bool sum = text.find(' ') != std::string::npos || text[0] == '-';
        s += s.empty() ? "" : " + ";
        s += factor.empty() ? text : enclosed(text, sum) + "*" + factor;
        return;
      }
      const i64 k = coef, size = std::abs(k);
      s += s.empty() ? (k < 0 ? "-" : "") : (k < 0 ? " - " : " + ");
      s += factor.empty() ? std::to_string(size) : size == 1 ? factor : fmt::format("{}*{}", size, factor);
    };
    // A form that begins with a plus reads best.
    auto is_negative = [](Dim k) { return k.is_constant() && k < 0; };
    const bool first =
        !is_negative(a.offset) && std::ranges::all_of(a.terms, [&](const Term& t) { return is_negative(t.coef); });
    if (first && !(a.offset == 0)) term(a.offset, "");
    for (const bool negative : {false, true})
      for (const Term& t : a.terms)
        if (is_negative(t.coef) == negative) used_[at(t.index)] = true, term(t.coef, name(t.index));
    if ((!first && !(a.offset == 0)) || s.empty()) term(a.offset, "");
    return a.den == 1 ? s : fmt::format("({})/{}", s, a.den);
  }
  std::string coord(const Coord& c) {
    if (c.data == kNone) return affine(c.at);
    const std::string data = "{" + scalar(c.data, kAny) + "}";
    if (c.at == Affine(0)) return data;
    const std::string rest = affine(c.at);
    return rest[0] == '-' ? data + " - " + affine(-c.at) : data + " + " + rest;
  }
  std::string condition(const Cond& c) {
    const bool low = c.lo != -kInf, high = c.hi != kInf;
    if (!low && !high) throw Unwritable{};
    if (low && high && c.hi == c.lo + 1 && c.lo == 0 && c.e.data == kNone && c.e.at.den == 1) return equality(c.e.at);
    if (low && high && c.hi == c.lo + 1 && c.e.data != kNone && c.e.at.den == 1)
      return fmt::format("{{{}}} == {}", scalar(c.e.data, kAny), affine(Affine(c.lo) - c.e.at));
    if (low != high && c.e.data == kNone && c.e.at.den == 1) {
      auto [plus, minus] = sides(c.e.at);
      if (!plus.is_constant() && !minus.is_constant()) {
        const Dim bound = (low ? c.lo : c.hi) - plus.offset - minus.offset;
        plus.offset = minus.offset = 0;
        const bool equal = low || bound == 1;
        return fmt::format("{} {} {}", affine(plus),
                           low     ? ">="
                           : equal ? "<="
                                   : "<",
                           affine(-minus + Affine(equal && !low ? Dim(0) : bound)));
      }
    }
    const std::string e = coord(c.e);
    if (low && high && c.hi == c.lo + 1) return fmt::format("{} == {}", e, affine(Affine(c.lo)));
    if (low && !high) return fmt::format("{} >= {}", e, affine(Affine(c.lo)));
    return (low ? affine(Affine(c.lo)) + " <= " : "") + e + (high ? " < " + affine(Affine(c.hi)) : "");
  }
  /// What is added in a form, and what is taken away.
  static std::pair<Affine, Affine> sides(const Affine& a) {
    Affine plus, minus;
    for (const Term& t : a.terms) (t.coef.is_constant() && t.coef < 0 ? minus : plus).terms.push_back(t);
    (a.offset.is_constant() && a.offset < 0 ? minus : plus).offset = a.offset;
    return {plus, minus};
  }
  std::string equality(const Affine& a) {
    const auto [plus, minus] = sides(a);
    return fmt::format("{} == {}", affine(plus), affine(-minus));
  }

  /// Of a padded access: the conditions are those of its dimensions.
  bool is_padding(const Node& guard) const {
    const Node &load = e_.node(guard.args[0]), &fill = e_.node(guard.args[1]);
    if (load.kind != Kind::Load || fill.kind != Kind::Const) return false;
    return std::ranges::all_of(guard.cond, [&](const Cond& c) {
      for (std::size_t d = 0; d < load.at.size(); ++d)
        if (c == Cond{load.at[d], 0, e_.in[static_cast<std::size_t>(load.operand)].shape[d]}) return true;
      return false;
    });
  }

  std::string guard(const Node& n) {
    if (is_padding(n)) {
      const std::string access = this->access(e_.node(n.args[0]));
      const Number fill = e_.node(n.args[1]).value;
      return fmt::format("pad({}, {})", access, number(fill));
    }
    const std::string conditions = listed(n.cond, " and ", [&](const Cond& c) { return condition(c); });
    const std::vector<IndexId> before = compared_;
    compare(n.cond);
    const std::string branches = pair(n.args[0], n.args[1]);
    compared_ = before;
    return fmt::format("where({}, {})", conditions, branches);
  }
  std::string select(const Node& n) {
    const std::string condition = scalar(n.args[0], kAny);
    const std::vector<IndexId> before = compared_;
    compare(n.args[0]);
    const std::string branches = pair(n.args[1], n.args[2]);
    compared_ = before;
    return fmt::format("where({}, {})", condition, branches);
  }
  /// Of indices in a condition, outside of accesses, the branches say nothing.
  void compare(const Affine& a) {
    for (const Term& t : a.terms) compared_.push_back(t.index);
  }
  void compare(const Conds& conds) {
    for (const Cond& c : conds) {
      compare(c.e.at);
      if (c.e.data != kNone) compare(c.e.data);
    }
  }
  void compare(NodeId condition) {
    const Node& n = e_.node(condition);
    compare(n.cond);
    if (n.kind == Kind::Value) compare(n.at[0].at);
    for (const NodeId a : n.args) compare(a);
  }
  /// Two branches; numbers take the type of the other.
  std::string pair(NodeId yes, NodeId no) {
    const bool both = is_number(yes) && is_number(no);
    const std::string a = !both && is_number(yes) ? number(e_.node(yes).value) : scalar(yes, kAny);
    return a + ", " + (!both && is_number(no) ? number(e_.node(no).value) : scalar(no, kAny));
  }
  bool is_number(NodeId id) const { return e_.node(id).kind == Kind::Const && e_.node(id).dtype != DType::Bool; }

  static std::string number(Number v) {
    if (v.integral && std::abs(v.as_double()) > 0x1p53) throw Unwritable{};
    if (v.integral) return integer_text(v);
    if (std::isnan(v.f)) return "nan";
    if (std::isinf(v.f)) return v.f < 0 ? "-inf" : "inf";
    char buffer[32];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, v.f).ptr};
  }

  std::string load(NodeId id) {
    const std::string text = access(e_.node(id));
    return padded_.contains(id) ? fmt::format("pad({}, 0)", text) : text;
  }
  std::string access(const Node& n) {
    const Shape& shape = e_.in[static_cast<std::size_t>(n.operand)].shape;
    for (std::size_t d = 0; d < n.at.size(); ++d) {
      const IndexId i = plain_index(n.at[d]);
      if (i == kNone || std::ranges::find(compared_, i) != compared_.end()) continue;
      (shape[d] == e_.domain.extent[at(i)] ? inferred_ : other_)[at(i)] = true;
    }
    const std::string& tensor = names_.operands[static_cast<std::size_t>(n.operand)];
    return n.at.empty() ? tensor : tensor + "[" + listed(n.at, ",", [&](const Coord& c) { return coord(c); }) + "]";
  }

  static std::string enclosed(std::string s, bool parentheses) { return parentheses ? "(" + std::move(s) + ")" : s; }

  std::string apply(const Node& n, int level) {
    constexpr std::pair<Fn, std::string_view> symbols[] = {
        {Fn::Add, "+"}, {Fn::Sub, "-"}, {Fn::Mul, "*"}, {Fn::Div, "/"}, {Fn::Eq, "=="},   {Fn::Ne, "!="},
        {Fn::Le, "<="}, {Fn::Ge, ">="}, {Fn::Lt, "<"},  {Fn::Gt, ">"},  {Fn::And, "and"}, {Fn::Or, "or"}};
    const bool logic = n.dtype == DType::Bool && !is_comparison(n.fn);
    auto arg = [&](std::size_t k, int inner) {
      const bool beside = n.args.size() == 2 && is_number(n.args[k]) && !is_number(n.args[1 - k]);
      return beside ? number(e_.node(n.args[k]).value) : scalar(n.args[k], inner);
    };
    if (n.fn == Fn::Neg) return enclosed("-" + scalar(n.args[0], kAtom), level >= kProduct);
    if (n.fn == Fn::Not) return enclosed("not " + scalar(n.args[0], kComparison), level > kNot);
    if (logic && n.fn == Fn::Xor) return enclosed(arg(0, kSum) + " != " + arg(1, kSum), level > kComparison);
    const bool bits = (n.fn == Fn::And || n.fn == Fn::Or || n.fn == Fn::Xor) && !logic;
    for (auto [fn, symbol] : symbols) {
      if (fn != n.fn || bits) continue;
      const int own = fn == Fn::Or        ? kAny
                      : fn == Fn::And     ? kAnd
                      : is_comparison(fn) ? kComparison
                      : fn <= Fn::Sub     ? kSum
                                          : kProduct;
      const int left = own == kComparison ? kSum : own;
      return enclosed(fmt::format("{} {} {}", arg(0, left), symbol, arg(1, own + 1)), own < level);
    }
    if (n.fn == Fn::RandomBits) throw Unwritable{};
    std::vector<std::size_t> numbers(n.args.size());
    for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = k;
    return fmt::format("{}{}({})", bits ? "bit_" : "", name_of(n.fn),
                       listed(numbers, ", ", [&](std::size_t k) { return arg(k, kAny); }));
  }

  std::string scalar(NodeId id, int level) {
    if (++parts_ > kMostParts) throw Unwritable{};
    const Node& n = e_.node(id);
    switch (n.kind) {
      case Kind::Const: return fmt::format("{}({})", n.dtype, number(n.value));
      case Kind::Load: return load(id);
      case Kind::Guard: return guard(n);
      case Kind::Select: return select(n);
      case Kind::Cast: return fmt::format("{}({})", n.dtype, scalar(n.args[0], kAny));
      case Kind::Value:
        if (n.at[0].data != kNone) throw Unwritable{};  // fractions are evaluated only where they are whole
        return enclosed(affine(n.at[0].at),
                        n.at[0].at.is_constant() || (level > kSum && plain_index(n.at[0]) == kNone));
      case Kind::Acc: {
        if (e_.reducer == Reducer::None || reduced_indices().empty()) return scalar(e_.body, level);
        if (std::exchange(reduction_, true)) throw Unwritable{};
        return reduction(scalar(e_.body, kAny));
      }
      case Kind::Apply: {
        // A formula computes narrow types in wider ones and rounds where it is told to.
        const bool narrow = n.dtype != DType::Bool && accumulate_type(n.dtype) != n.dtype;
        return narrow ? fmt::format("{}({})", n.dtype, apply(n, kAny)) : apply(n, level);
      }
      case Kind::Reduce: break;
    }
    throw Unwritable{};
  }

  const Expr& e_;
  const FormulaNames& names_;
  const std::set<NodeId>& padded_;
  std::vector<std::string> index_;
  std::vector<bool> inferred_, other_, used_;  ///< by index: runs over a whole dimension; over a part; is written
  std::vector<IndexId> compared_;              ///< by the conditions around
  bool reduction_ = false;
  int parts_ = 0;
};

}  // namespace

IndexId plain_index(const Coord& c) {
  const bool plain =
      c.data == kNone && c.at.den == 1 && c.at.terms.size() == 1 && c.at.offset == 0 && c.at.terms[0].coef == 1;
  return plain ? c.at.terms[0].index : kNone;
}

std::vector<std::string> index_names(const Expr& e, const FormulaNames& names) {
  std::vector<std::string> list(static_cast<std::size_t>(e.domain.indices()));
  std::set<std::string> taken(names.operands.begin(), names.operands.end());
  taken.insert(names.target);
  auto give = [&](IndexId i, const std::string& name) {
    auto& mine = list[static_cast<std::size_t>(i)];
    if (mine.empty() && !name.empty() && taken.insert(name).second) mine = name;
  };
  IndexId first = 0;
  for (std::size_t d = 0; d < e.domain.out.size(); ++d) {
    if (e.domain.out[d] == 1 && d < names.target_indices.size()) give(first, names.target_indices[d]);
    first += e.domain.out[d];
  }
  for (const Node& n : e.nodes) {
    if (n.kind != Kind::Load || static_cast<std::size_t>(n.operand) >= names.operand_indices.size()) continue;
    const auto& known = names.operand_indices[static_cast<std::size_t>(n.operand)];
    for (std::size_t d = 0; d < n.at.size() && d < known.size(); ++d)
      if (const IndexId i = plain_index(n.at[d]); i != kNone) give(i, known[d]);
  }
  for (std::size_t k = 0; k < list.size(); ++k) {
    for (char c : std::string_view("ijklmnpqrstuvwabcdefghoxyz")) give(static_cast<IndexId>(k), std::string(1, c));
    for (int number = 0; list[k].empty(); ++number) give(static_cast<IndexId>(k), fmt::format("i_{}", number));
  }
  return list;
}

namespace {

bool is_accepted(const Expr& e, const FormulaNames& names, const std::string& text) {
  try {
    std::vector<Type> types;
    for (const std::string& name : operands_of(text)) {
      const auto operand = std::ranges::find(names.operands, name);
      const auto other = std::ranges::find(names.others, name, [](const auto& named) { return named.first; });
      if (operand == names.operands.end() && other == names.others.end()) return false;
      types.push_back(operand == names.operands.end()
                          ? other->second
                          : e.in[static_cast<std::size_t>(operand - names.operands.begin())]);
    }
    const TextFormula f = parse_formula(text, types);
    return f.steps.size() == 1 && f.type() == e.type();
  } catch (const Error&) {
    return false;
  }
}

/// Accesses of which it must be proved that they stay inside. One that reads positions from data fails where it does
/// not, so that it cannot be padded.
std::set<NodeId> provable_loads(const Expr& e) {
  std::set<NodeId> loads;
  for (std::size_t k = 0; k < e.nodes.size(); ++k) {
    const Node& n = e.nodes[k];
    if (n.kind == Kind::Load && !n.at.empty() &&
        std::ranges::all_of(n.at, [](const Coord& c) { return c.data == kNone; }))
      loads.insert(static_cast<NodeId>(k));
  }
  return loads;
}

}  // namespace

std::optional<std::string> to_formula(const Expr& e, const FormulaNames& names) {
  std::set<NodeId> padded;
  auto accepted = [&]() -> std::optional<std::string> {
    std::string text = Writer(e, names, padded).run();
    return is_accepted(e, names, text) ? std::optional(std::move(text)) : std::nullopt;
  };
  try {
    auto text = accepted();
    if (text) return text;
    padded = provable_loads(e);
    text = accepted();
    if (!text) return {};
    for (const NodeId load : provable_loads(e)) {  // as few as may be
      padded.erase(load);
      if (auto shorter = accepted())
        text = std::move(shorter);
      else
        padded.insert(load);
    }
    return text;
  } catch (const Unwritable&) {
    return {};
  }
}

}  // namespace tenon::expr
