#include "expr/formula_ranges.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <set>

#include "base/suggest.h"

namespace tenon::expr {

namespace {

constexpr std::size_t kMostIndices = 32, kMostTensors = 64;
constexpr i64 kLargestDen = i64(1) << 20;

bool is_bound(const SyntaxStatement& s, std::string_view name) {
  for (const auto& group : s.dimensions)
    for (const Syntax& index : group)
      if (index.name == name) return true;
  return false;
}

bool is_integral(const Syntax& s) {
  return s.kind == Syntax::Kind::Number && s.number == std::floor(s.number) &&
         std::abs(s.number) <= static_cast<double>(kInf);
}

}  // namespace

const NamedType* FormulaScope::find(std::string_view name) const {
  for (const NamedType& t : tensors)
    if (t.name == name) return &t;
  return nullptr;
}

const NamedType& FormulaScope::tensor(const Syntax& access) const {
  if (const NamedType* t = find(access.name)) return *t;
  std::vector<std::string_view> known;
  std::vector<std::string> names;
  for (const NamedType& t : tensors) known.push_back(t.name), names.push_back(t.name);
  const std::string alike = suggestion(access.name, known);
  error(access, fmt::format("there is no tensor {}{}", access.name,
                            !alike.empty()  ? alike
                            : names.empty() ? ""
                                            : "; there are: " + listed(names)));
}

Dim FormulaScope::unknown(const Syntax& s) const {
  std::vector<std::string> names;
  for (const NamedType& t : tensors)
    for (Dim d : t.type.shape) {
      const std::string shape = to_string(d);
      for (std::size_t at = shape.find('?'); at != std::string::npos; at = shape.find('?', at)) {
        const Dim found = *read_unknown(shape, at);
        const std::string name = unknowns(found).front();
        if (name == s.name) return found;
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
      }
    }
  for (std::string& name : names) name.insert(0, "?");
  error(s, names.empty() ? "every extent is known here"
                         : fmt::format("no extent is called ?{}; there {} {}", s.name, names.size() == 1 ? "is" : "are",
                                       listed(names)));
}

Dim extent_of(const FormulaScope& scope, const Syntax& s) {
  auto part = [&](std::size_t k) { return extent_of(scope, s.parts[k]); };
  if (is_integral(s)) return static_cast<i64>(s.number);
  if (s.kind == Syntax::Kind::Unknown) return scope.unknown(s);
  if (s.is_call("floor")) return part(0);
  if (s.is_call("neg")) return -part(0);
  if (s.is_call("+")) return part(0) + part(1);
  if (s.is_call("-")) return part(0) - part(1);
  if (s.is_call("*")) return part(0) * part(1);
  if (s.is_call("/")) {
    const Dim by = part(1);
    if (!by.is_constant() || by <= 0) scope.error(s.parts[1], "an extent is divided by positive numbers only");
    return floor_div(part(0), by);
  }
  if (s.is_call("size")) {
    if (s.parts[0].kind != Syntax::Kind::Name) scope.error(s.parts[0], "size takes the name of a tensor");
    const Type& type = scope.tensor(s.parts[0]).type;
    if (type.rank() == 0)
      scope.error(s.parts[1], fmt::format("{} is {}, which has no dimension", s.parts[0].name, type));
    if (!is_integral(s.parts[1]) || s.parts[1].number < 0 || s.parts[1].number >= static_cast<double>(type.rank()))
      scope.error(s.parts[1], fmt::format("{} is {}; expected one of its dimensions, from 0 to {}", s.parts[0].name,
                                          type, type.rank() - 1));
    return type.shape[static_cast<std::size_t>(s.parts[1].number)];
  }
  scope.error(
      s, fmt::format("{} is no extent: integers, size(tensor, dimension), ?n of the shapes, + - * and division that "
                     "rounds down",
                     scope.part(s)));
}

namespace {

class AffineReader {
 public:
  AffineReader(const FormulaScope& scope, const IndexForm& index) : scope_(scope), index_(index) {}

  Affine read(const Syntax& s) const {
    auto part = [&](std::size_t k) { return read(s.parts[k]); };
    if (is_integral(s)) return Affine(static_cast<i64>(s.number));
    if (s.kind == Syntax::Kind::Name) return index_(s);
    if (is_extent(s)) return Affine(extent_of(scope_, s));
    if (s.is_call("neg")) return -part(0);
    if (s.is_call("+")) return part(0) + part(1);
    if (s.is_call("-")) return part(0) - part(1);
    if (s.is_call("*")) return product(s, part(0), part(1));
    if (s.is_call("/")) return quotient(s, part(0), part(1));
    if (s.kind == Syntax::Kind::Number) scope_.error(s, "positions are integers of moderate size");
    if (s.kind == Syntax::Kind::Access)
      scope_.error(s, fmt::format("a position that is read from data stands in braces: {{{}}}", scope_.part(s)));
    if (s.kind == Syntax::Kind::Data) scope_.error(s, "data in braces is one part of a sum, with the factor 1");
    not_affine(s, "sums of indices times integers");
  }

 private:
  [[noreturn]] void not_affine(const Syntax& s, std::string_view expected) const {
    scope_.error(
        s,
        fmt::format(
            "{} is no affine form of indices ({}); in braces, {{{}}}, it is computed and checked when the formula runs",
            scope_.part(s), expected, scope_.part(s)));
  }
  Affine product(const Syntax& s, const Affine& a, const Affine& b) const {
    if (b.is_constant() && b.den == 1) return a * b.offset;
    if (a.is_constant() && a.den == 1) return b * a.offset;
    not_affine(s, "an index times an integer");
  }
  Affine quotient(const Syntax& s, const Affine& a, const Affine& b) const {
    const bool whole =
        b.is_constant() && b.den == 1 && b.offset.is_constant() && b.offset > 0 && b.offset <= kLargestDen;
    if (!whole || a.den > kLargestDen)
      not_affine(s, "division by a positive integer, of which points that leave a rest lie outside");
    return exact_div(a, b.offset);
  }

  const FormulaScope& scope_;
  const IndexForm& index_;
};

}  // namespace

Affine affine_of(const FormulaScope& scope, const Syntax& s, const IndexForm& index) {
  return AffineReader(scope, index).read(s);
}

CoordSyntax coord_of(const FormulaScope& scope, const Syntax& s, const IndexForm& index) {
  if (s.kind == Syntax::Kind::Data) return {Affine(0), &s.parts[0]};
  const bool sum = s.is_call("+"), difference = s.is_call("-");
  if (!sum && !difference) return {affine_of(scope, s, index)};
  CoordSyntax a = coord_of(scope, s.parts[0], index);
  const CoordSyntax b = sum ? coord_of(scope, s.parts[1], index) : CoordSyntax{affine_of(scope, s.parts[1], index)};
  if (a.data && b.data) scope.error(s, "a position has one part in braces; add inside of them");
  return {sum ? a.at + b.at : a.at - b.at, a.data ? a.data : b.data};
}

namespace {

/// Names by their role: f(name, in_coordinate) for what may be an index, tensor(access) for what is none.
template <class Index, class Tensor>
void walk_names(const Syntax& s, bool coordinate, const Index& index, const Tensor& tensor) {
  using enum Syntax::Kind;
  if (s.kind == Name) return index(s, coordinate);
  if (s.is_call("size")) return s.parts[0].kind == Name ? tensor(s.parts[0]) : void();
  if (s.kind == Access) tensor(s);
  for (const Syntax& part : s.parts)
    walk_names(part, s.kind == Access || (coordinate && s.kind != Data), index, tensor);
}

template <class F>
void walk(const Syntax& s, const F& f) {
  f(s);
  for (const Syntax& part : s.parts) walk(part, f);
}

/// Names that are indices of the statement, in the order of the text; the target's first.
std::vector<const Syntax*> written_indices(const SyntaxStatement& s) {
  std::vector<const Syntax*> list;
  auto add = [&](const Syntax& name) {
    if (list.size() > kMostIndices) return;  // refused later
    if (std::ranges::none_of(list, [&](const Syntax* known) { return known->name == name.name; }))
      list.push_back(&name);
  };
  for (const auto& group : s.dimensions)
    for (const Syntax& index : group) add(index);
  walk_names(
      s.value, false,
      [&](const Syntax& name, bool coordinate) {
        if (coordinate) add(name);
      },
      [](const Syntax&) {});
  return list;
}

std::set<std::string_view> index_names(const SyntaxStatement& s) {
  std::set<std::string_view> names;
  for (const Syntax* index : written_indices(s)) names.insert(index->name);
  for (const SyntaxRange& r : s.ranges) names.insert(r.index);
  walk(s.value, [&](const Syntax& part) {
    if (part.kind == Syntax::Kind::Reduce) names.insert(part.names.begin(), part.names.end());
  });
  return names;
}

class Ranges {
 public:
  Ranges(const FormulaScope& scope, const SyntaxStatement& statement) : scope_(scope), s_(statement) {}

  StatementIndices run() {
    add_target();
    add_reduced();
    require_no_tensors();
    read_ranges();
    accesses(s_.value, false, {});
    take_plain(false);
    take_plain(true);
    while (take_forms()) {
    }
    for (std::size_t k = 0; k < known_.size(); ++k)
      if (!known_[k])
        scope_.error(
            *first_[k],
            fmt::format(
                "the range of {0} cannot be inferred: it needs an access without padding, whose other indices are "
                "known and not compared by a condition around it; or add 'where {0} in 0:…'",
                first_[k]->name));
    return std::move(result_);
  }

 private:
  struct Constraint {
    Affine at;
    Dim size;
    const Syntax* access;
    std::size_t dimension;
    bool padded;
  };

  FormulaIndex& index(std::size_t k) { return result_.list[k]; }
  std::optional<std::size_t> number(std::string_view name) const {
    for (std::size_t k = 0; k < result_.list.size(); ++k)
      if (result_.list[k].name == name) return k;
    return {};
  }
  void add(const Syntax& name, bool reduced) {
    if (result_.list.size() == kMostIndices)
      scope_.error(name, fmt::format("more than {} indices in one statement", kMostIndices));
    result_.list.push_back({.name = name.name, .reduced = reduced});
    first_.push_back(&name);
    known_.push_back(false);
  }

  void add_target() {
    for (const auto& group : s_.dimensions)
      for (const Syntax& name : group) {
        if (number(name.name))
          scope_.error(
              name,
              fmt::format("{} stands in the target twice; use two indices and 'where(i == j, …, 0)' for a diagonal",
                          name.name));
        add(name, false);
      }
    result_.parallel = result_.list.size();
  }

  void add_reduced() {
    const Syntax* reduction = nullptr;
    walk(s_.value, [&](const Syntax& part) {
      if (part.kind != Syntax::Kind::Reduce) return;
      if (reduction != nullptr || s_.reducer != Reducer::None)
        scope_.error(part, "one reduction in one statement; compute the other in a statement of its own");
      reduction = &part;
    });
    if (reduction != nullptr) {
      result_.scoped = true;
      for (const std::string& name : reduction->names) {
        named_.push_back({.kind = Syntax::Kind::Name, .name = name, .from = reduction->from, .to = reduction->to});
        if (number(name))
          scope_.error(*reduction, fmt::format("{}[{}] hides the {} of that name; give it another name",
                                               reduction->name, name, is_bound(s_, name) ? "target's index" : "index"));
        add(named_.back(), true);
      }
    }
    for (const Syntax* name : written_indices(s_)) {
      if (number(name->name)) continue;
      if (s_.reducer == Reducer::None)
        scope_.error(
            *name,
            fmt::format(
                "the index {0} is not bound: it is none of the target, and '=' does not sum. Write +=, sum[{0}](…), or "
                "{{{0}}} where {0} is a tensor",
                name->name));
      add(*name, true);
    }
    for (const SyntaxRange& r : s_.ranges) {
      if (number(r.index)) continue;
      bool used = false;
      walk(s_.value, [&](const Syntax& part) { used |= part.kind == Syntax::Kind::Name && part.name == r.index; });
      if (!used || s_.reducer == Reducer::None)
        fail_at(scope_.text, r.from, r.to, fmt::format("{} is no index of this statement", r.index));
      named_.push_back({.kind = Syntax::Kind::Name, .name = r.index, .from = r.from, .to = r.to});
      add(named_.back(), true);
    }
  }

  void require_no_tensors() {
    for (std::size_t k = 0; k < first_.size(); ++k)
      if (scope_.find(first_[k]->name))
        scope_.error(*first_[k], fmt::format("{} is a tensor; give the index another name", first_[k]->name));
  }

  void read_ranges() {
    for (const SyntaxRange& r : s_.ranges) {
      const std::size_t k = *number(r.index);
      auto bad = [&](const std::string& message) { fail_at(scope_.text, r.from, r.to, message); };
      if (known_[k]) bad(fmt::format("{} has a range already", r.index));
      const Dim low = r.low ? extent_of(scope_, *r.low) : Dim(0), high = extent_of(scope_, r.high);
      if (certainly_less(high, low)) bad(fmt::format("the range ends at {}, before it begins at {}", high, low));
      if (!(low == 0) && k < result_.parallel)
        bad(fmt::format("{0} is a dimension of the target, which begins at 0; write {0} + {1} on the right", r.index,
                        low));
      index(k).low = low;
      index(k).extent = high - low;
      index(k).source = "where";
      known_[k] = true;
    }
  }

  /// What accesses say of ranges. Under a condition they say nothing of the indices that it compares.
  void accesses(const Syntax& s, bool padded, const std::set<std::size_t>& compared) {
    if (s.kind == Syntax::Kind::Access) constrain(s, padded, compared);
    const bool chooses = s.is_call("where") || s.is_call("select");
    std::set<std::size_t> inner = compared;
    if (chooses) compares(s.parts[0], inner);
    for (std::size_t k = 0; k < s.parts.size(); ++k)
      accesses(s.parts[k], s.is_call("pad"), chooses && k > 0 ? inner : compared);
  }
  void compares(const Syntax& s, std::set<std::size_t>& indices) const {
    if (s.kind == Syntax::Kind::Name)
      if (const auto k = number(s.name)) indices.insert(*k);
    if (s.kind == Syntax::Kind::Access) return;
    for (const Syntax& part : s.parts) compares(part, indices);
  }

  void constrain(const Syntax& access, bool padded, const std::set<std::size_t>& compared) {
    const Type& type = scope_.tensor(access).type;
    if (access.parts.size() != type.shape.size())
      scope_.error(access,
                   fmt::format("{} is {}, of {} dimension{}, given {} position{}", access.name, type, type.rank(),
                               type.rank() == 1 ? "" : "s", access.parts.size(), access.parts.size() == 1 ? "" : "s"));
    for (std::size_t d = 0; d < access.parts.size(); ++d) {
      const CoordSyntax c = coord_of(scope_, access.parts[d], [&](const Syntax& name) {
        const std::size_t k = *number(name.name);
        return Affine::of(static_cast<IndexId>(k)) + index(k).low;
      });
      const bool free = std::ranges::none_of(
          c.at.terms, [&](const Term& t) { return compared.contains(static_cast<std::size_t>(t.index)); });
      if (free && c.data == nullptr && c.at.den == 1) constraints_.push_back({c.at, type.shape[d], &access, d, padded});
    }
  }

  /// An index alone runs over its dimension, also where padding allows more.
  void take_plain(bool padded) {
    for (const Constraint& c : constraints_) {
      if (c.padded != padded || c.at.terms.size() != 1 || !(c.at.offset == 0) || !(c.at.terms[0].coef == 1)) continue;
      const auto k = static_cast<std::size_t>(c.at.terms[0].index);
      FormulaIndex& i = index(k);
      const std::string source = fmt::format("dimension {} of {}", c.dimension, c.access->name);
      if (known_[k] && !padded && i.source != "where" && !(i.extent == c.size))
        scope_.error(c.access->parts[c.dimension],
                     fmt::format("{0} runs to {1} in {2}, but to {3} in {4}; add 'where {0} in 0:…' for a part", i.name,
                                 c.size, source, i.extent, i.source));
      if (known_[k]) continue;
      i.extent = c.size;
      i.source = source;
      known_[k] = true;
    }
  }

  /// Where one index of a form is unknown, it runs as far as the form stays inside.
  bool take_forms() {
    std::map<std::size_t, std::pair<Dim, const Constraint*>> found;
    for (const Constraint& c : constraints_) {
      const Term* unknown = nullptr;
      bool single = !c.padded;
      for (const Term& t : c.at.terms) {
        single &= t.coef.is_constant();
        if (known_[static_cast<std::size_t>(t.index)]) continue;
        single &= unknown == nullptr;
        unknown = &t;
      }
      if (!single || unknown == nullptr) continue;
      const Dim extent = longest(c, *unknown);
      auto [entry, fresh] = found.try_emplace(static_cast<std::size_t>(unknown->index), extent, &c);
      if (!fresh && certainly_less(extent, entry->second.first)) entry->second = {extent, &c};
    }
    for (const auto& [k, choice] : found) {
      const auto& [extent, c] = choice;
      if (extent.is_constant() && extent <= 0 && !(c->size == 0))
        scope_.error(*c->access, fmt::format("no position of {} lies inside: dimension {} of {} has {} elements",
                                             index(k).name, c->dimension, c->access->name, c->size));
      index(k).extent = extent.is_constant() && extent < 0 ? Dim(0) : extent;
      index(k).source = fmt::format("what fits into dimension {} of {}", c->dimension, c->access->name);
      known_[k] = true;
    }
    return !found.empty();
  }

  Dim longest(const Constraint& c, const Term& unknown) {
    Dim low = c.at.offset, high = c.at.offset;
    for (const Term& t : c.at.terms) {
      if (t.index == unknown.index) continue;
      const Dim extent = index(static_cast<std::size_t>(t.index)).extent;
      (t.coef > 0 ? high : low) += t.coef * (extent == 0 ? Dim(0) : extent - 1);
    }
    return unknown.coef > 0 ? floor_div(c.size - 1 - high, unknown.coef) + 1 : floor_div(low, -unknown.coef) + 1;
  }

  const FormulaScope& scope_;
  const SyntaxStatement& s_;
  StatementIndices result_;
  std::vector<const Syntax*> first_;  ///< where an index is written first, by number
  std::vector<bool> known_;
  std::vector<Constraint> constraints_;
  std::deque<Syntax> named_;
};

}  // namespace

const FormulaIndex* StatementIndices::find(std::string_view name) const {
  for (const FormulaIndex& i : list)
    if (i.name == name) return &i;
  return nullptr;
}

StatementIndices indices_of(const FormulaScope& scope, const SyntaxStatement& statement) {
  return Ranges(scope, statement).run();
}

std::vector<std::string> operands_of(std::string_view formula) {
  std::vector<std::string> names, computed;
  for (const SyntaxStatement& s : parse_statements(formula)) {
    const auto indices = index_names(s);
    auto tensor = [&](const Syntax& t) {
      const bool known =
          std::ranges::find(computed, t.name) != computed.end() || std::ranges::find(names, t.name) != names.end();
      if (!known && names.size() == kMostTensors)
        fail_at(formula, t.from, t.to, fmt::format("more than {} tensors", kMostTensors));
      if (!known) names.push_back(t.name);
    };
    auto scalar = [&](const Syntax& name, bool coordinate) {
      if (!coordinate && !indices.contains(name.name)) tensor(name);
    };
    walk_names(s.value, false, scalar, tensor);
    for (const SyntaxRange& r : s.ranges) {
      if (r.low) walk_names(*r.low, false, scalar, tensor);
      walk_names(r.high, false, scalar, tensor);
    }
    computed.push_back(s.target);
  }
  return names;
}

}  // namespace tenon::expr
