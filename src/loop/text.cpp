#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "loop/nest.h"

namespace tenon::loop {

namespace {

class Printer {
 public:
  explicit Printer(const Nest& nest) : n_(nest), uses_(nest.nodes.size(), 0) {
    for (const Node& n : n_.nodes)
      for (NodeId a : n.args) ++uses_[static_cast<std::size_t>(a)];
  }

  std::string affine(const Affine& a) const {
    std::string s;
    for (const expr::Term& t : a.terms) {
      if (!s.empty())
        s += t.coef < 0 ? " - " : " + ";
      else if (t.coef < 0)
        s += "-";
      Dim c = t.coef < 0 ? -t.coef : t.coef;
      s += c == 1 ? name(t.index) : fmt::format("{}*{}", c, name(t.index));
    }
    if (a.offset != 0 || s.empty())
      s += s.empty() ? std::to_string(a.offset)
                     : fmt::format(" {} {}", a.offset < 0 ? "-" : "+", a.offset < 0 ? -a.offset : a.offset);
    return a.den == 1 ? s : fmt::format("({})/{}", s, a.den);
  }

  std::string formula(NodeId id) {
    const Node& n = n_.node(id);
    switch (n.kind) {
      case expr::Kind::Const: return n.value.integral ? integer_text(n.value) : fmt::format("{}", n.value.f);
      case expr::Kind::Load: return load(n);
      case expr::Kind::Value: return fmt::format("value({})", joined(n.at[0].at, n.at[0].data));
      case expr::Kind::Acc: return n_.reduces() ? "acc" : scalar(n_.body);
      case expr::Kind::Guard:
        return fmt::format("({} ? {} : {})", conditions(n.cond), scalar(n.args[0]), scalar(n.args[1]));
      case expr::Kind::Select:
        return fmt::format("({} ? {} : {})", scalar(n.args[0]), scalar(n.args[1]), scalar(n.args[2]));
      case expr::Kind::Cast: return fmt::format("{}({})", name_of(n.dtype), scalar(n.args[0]));
      case expr::Kind::Apply: {
        std::string s(expr::name_of(n.fn));
        for (std::size_t k = 0; k < n.args.size(); ++k) s += (k ? ", " : "(") + scalar(n.args[k]);
        return s + ")";
      }
      case expr::Kind::Reduce: break;
    }
    throw InternalError("a reduction inside a closed expression");
  }

  std::string run() {
    std::size_t reduction = n_.reduces() && !n_.scatter ? std::min(n_.first_reduction(), n_.tile()) : n_.loops.size();
    if (n_.scatter) line(0, fmt::format("out[...] = 0 for every {}", targets()));
    hoisted(0, "");
    std::size_t depth = 0;
    for (; depth < n_.loops.size(); ++depth) {
      if (depth == reduction) line(depth, initial(depth));
      const Loop& l = n_.loops[depth];
      const bool ahead = std::ranges::find(n_.prefetches, l.name, &Prefetch::loop) != n_.prefetches.end();
      line(depth, fmt::format("{} {} < {}{}{}", name_of(l.kind), l.name, l.trips,
                              l.step > 1 ? fmt::format(" by {}", l.step) : "", ahead ? ", fetching the next" : ""));
      hoisted(depth + 1, l.name);
    }
    if (n_.scatter) {
      std::string guard = conditions(n_.scatter->cond), positions;
      for (const Scatter::Position& p : n_.scatter->positions)
        positions += (positions.empty() ? "" : ", ") + fmt::format("{} = {}", name(p.target), joined(p.at, p.index));
      statement(depth, (guard.empty() ? "" : "if " + guard + ": ") + positions);
      statement(depth, fmt::format("out[{}] += {}", affine(n_.out_offset), scalar(n_.scatter->update)));
      return text_;
    }
    if (n_.reduces()) {
      if (reduction >= n_.loops.size()) line(reduction = depth, initial(depth));
      statement(depth, fmt::format("acc = {}(acc, {})", expr::name_of(n_.reducer), scalar(n_.body)));
    }
    std::size_t out_depth = n_.reduces() ? reduction : depth;
    if (n_.reduces_in_blocks())
      line(out_depth, fmt::format("acc = {}(out[{}], acc), but for the first block", expr::name_of(n_.reducer),
                                  affine(n_.out_offset)));
    statement(out_depth, fmt::format("out[{}] = {}{}", affine(n_.out_offset), scalar(n_.post),
                                     n_.streams ? ", past the caches" : ""));
    return text_;
  }

 private:
  /// What is computed at the start of each trip of the loop.
  void hoisted(std::size_t depth, const std::string& at) {
    for (const Hoist& h : n_.hoists)
      if (h.at == at) line(depth, "once: " + formula(h.value));
    for (const Pack& p : n_.packs)
      if (p.at == at) line(depth, copy(p));
    definitions_.clear();
  }

  std::string copy(const Pack& p) {
    std::string along;
    for (const Loop& l : p.loops) along += (along.empty() ? "" : ", ") + l.name;
    return fmt::format("in{} = copy of {} along {}", p.operand, formula(p.value), along);
  }

  std::string targets() {
    std::string list;
    for (const Scatter::Position& p : n_.scatter->positions)
      list += (list.empty() ? "" : ", ") + std::string(name(p.target));
    return list;
  }

  void line(std::size_t depth, const std::string& text) { text_ += std::string(2 * depth, ' ') + text + "\n"; }
  /// The values that the statement names, then the statement.
  void statement(std::size_t depth, const std::string& text) {
    for (const std::string& d : definitions_) line(depth, d);
    definitions_.clear();
    line(depth, text);
  }
  const std::string& name(IndexId i) const { return n_.names[static_cast<std::size_t>(i)]; }

  std::string initial(std::size_t first) const {
    Dim accumulators = 1, lanes = 1;
    for (std::size_t k = std::max(first, n_.tile()); k < n_.loops.size(); ++k)
      if (n_.loops[k].kind != LoopKind::Dot)
        (n_.loops[k].kind == LoopKind::Vector ? lanes : accumulators) *= n_.loops[k].trips;
    return fmt::format("acc = identity of {} ({}, {} x {}{})", expr::name_of(n_.reducer), n_.accumulate, accumulators,
                       lanes, n_.promoted ? ", in registers" : "");
  }

  /// "288*(j / 32) + 32*k + j % 32"
  std::string digits(const Digits& all) const {
    std::string s;
    for (std::size_t k = all.size(); k-- > 0;) {
      const Digit& d = all[k];
      std::string digit = name(d.index);
      if (d.limit != std::numeric_limits<Dim>::max()) digit += fmt::format(" % {}", d.limit);
      if (d.radix > 1) digit += fmt::format(" / {}", d.radix);
      if (d.stride > 1) digit = fmt::format("{}*{}", d.stride, digit == name(d.index) ? digit : "(" + digit + ")");
      s += (s.empty() ? "" : " + ") + digit;
    }
    return s;
  }

  std::string joined(const Affine& a, NodeId data) {
    if (data == kNone) return affine(a);
    bool alone = a.terms.empty() && a.offset == 0;
    return alone ? scalar(data) : scalar(data) + " + " + affine(a);
  }

  std::string conditions(const expr::Conds& conds) {
    std::string s;
    for (const expr::Cond& c : conds) {
      if (!s.empty()) s += " and ";
      if (c.lo > -expr::kInf) s += fmt::format("{} <= ", c.lo);
      s += joined(c.e.at, c.e.data);
      if (c.hi < expr::kInf) s += fmt::format(" < {}", c.hi);
    }
    return s;
  }

  std::string load(const Node& n) {
    const Access& a = n_.accesses[static_cast<std::size_t>(n.operand)];
    if (!a.digits.empty()) return fmt::format("in{}[{}]", a.operand, digits(a.digits));
    std::string s = affine(a.offset);
    for (const DataTerm& d : a.data)
      s += d.stride == 1 ? " + " + scalar(d.value) : fmt::format(" + {}*{}", d.stride, scalar(d.value));
    return fmt::format("in{}[{}]", a.operand, s);
  }

  /// Values that are used several times get a name.
  std::string scalar(NodeId id) {
    bool shared = uses_[static_cast<std::size_t>(id)] > 1 && !n_.node(id).args.empty();
    if (!shared) return formula(id);
    std::string value = fmt::format("t{}", id);
    if (named_.insert(id).second) definitions_.push_back(value + " = " + formula(id));
    return value;
  }

  const Nest& n_;
  std::vector<int> uses_;
  std::set<NodeId> named_;
  std::vector<std::string> definitions_;  // not yet printed
  std::string text_;
};

}  // namespace

std::string to_text(const Nest& nest) { return Printer(nest).run(); }

std::string to_text(const Nest& nest, const Affine& form) { return Printer(nest).affine(form); }

std::string formula_of(const Nest& nest, NodeId value) { return Printer(nest).formula(value); }

}  // namespace tenon::loop
