#include "tensor/dim.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <deque>
#include <mutex>
#include <numeric>
#include <set>
#include <shared_mutex>
#include <unordered_map>

#include "base/hash.h"

namespace tenon {

namespace {

using AtomId = std::int32_t;
using Monomial = std::vector<AtomId>;  // sorted; empty: the constant
using Terms = std::vector<std::pair<Monomial, i64>>;

/// An unknown: named, or the quotient numerator / den rounded down.
struct Atom {
  std::string text;  ///< as printed; the identity
  std::string name;  ///< without its bounds; empty: a quotient
  i64 least = 0, most = Dim::kUnbounded;
  Terms numerator;
  i64 den = 0;
};

i64 product(i64 a, i64 b) {
  i64 r;
  require(!__builtin_mul_overflow(a, b, &r), "extents: {} * {} does not fit 64 bits", a, b);
  return r;
}
i64 total(i64 a, i64 b) {
  i64 r;
  require(!__builtin_add_overflow(a, b, &r), "extents: {} + {} does not fit 64 bits", a, b);
  return r;
}
i64 rounded_down(i64 a, i64 b) { return a / b - (a % b < 0); }

void canonicalise(Terms& t) {
  std::ranges::sort(t, {}, [](const auto& term) { return term.first; });
  Terms r;
  for (auto& [m, k] : t) {
    if (!r.empty() && r.back().first == m)
      r.back().second = total(r.back().second, k);
    else
      r.emplace_back(std::move(m), k);
  }
  std::erase_if(r, [](const auto& term) { return term.second == 0; });
  t = std::move(r);
}

Terms sum(const Terms& a, const Terms& b) {
  Terms r = a;
  r.insert(r.end(), b.begin(), b.end());
  canonicalise(r);
  return r;
}

Terms product(const Terms& a, const Terms& b) {
  Terms r;
  for (const auto& [m, k] : a)
    for (const auto& [n, l] : b) {
      Monomial both;
      std::ranges::merge(m, n, std::back_inserter(both));
      r.emplace_back(std::move(both), product(k, l));
    }
  canonicalise(r);
  return r;
}

Terms scaled(Terms a, i64 k) {
  for (auto& [m, c] : a) c = product(c, k);
  return a;
}

Terms constant(i64 v) { return v == 0 ? Terms{} : Terms{{{}, v}}; }
Terms constant_part(const Terms& t) {
  for (const auto& [m, k] : t)
    if (m.empty()) return {{m, k}};
  return {};
}

}  // namespace

/// Every polynomial and atom that was ever made, by number. Entries never change.
class Polynomials {
 public:
  static Polynomials& instance() {
    static Polynomials all;
    return all;
  }

  Dim make(Terms t) {
    if (t.empty()) return 0;
    if (t.size() == 1 && t[0].first.empty()) return t[0].second;
    std::unique_lock lock(mutex_);
    std::string text = print(t);
    auto [it, fresh] = number_.try_emplace(text, static_cast<i64>(polynomials_.size()));
    if (fresh) polynomials_.push_back({std::move(t), text, mix(0, std::string_view(text))});
    Dim d;
    d.bits_ = Dim::kLeast - 1 - it->second;
    return d;
  }

  Terms terms(Dim d) const {
    if (d.is_constant()) return constant(d.bits_);
    std::shared_lock lock(mutex_);
    return entry(d).terms;
  }
  std::string text(Dim d) const {
    if (d.is_constant()) return std::to_string(d.bits_);
    std::shared_lock lock(mutex_);
    return entry(d).text;
  }
  std::uint64_t hash(Dim d) const {
    std::shared_lock lock(mutex_);
    return entry(d).hash;
  }

  AtomId atom(Atom a) {
    std::unique_lock lock(mutex_);
    auto [it, fresh] = atom_number_.try_emplace(a.text, static_cast<AtomId>(atoms_.size()));
    if (fresh) atoms_.push_back(std::move(a));
    return it->second;
  }
  /// The reference stays valid.
  const Atom& atom(AtomId id) const {
    std::shared_lock lock(mutex_);
    return atoms_[static_cast<std::size_t>(id)];
  }

  std::string printed(const Terms& t) const {
    std::shared_lock lock(mutex_);
    return print(t);
  }
  std::vector<std::pair<std::string, i64>> monomials(const Terms& t) const {
    std::shared_lock lock(mutex_);
    return parts(t);
  }

 private:
  struct Entry {
    Terms terms;
    std::string text;
    std::uint64_t hash;
  };
  const Entry& entry(Dim d) const { return polynomials_[static_cast<std::size_t>(Dim::kLeast - 1 - d.bits_)]; }

  std::string print(const Terms& t) const {
    std::string s;
    for (const auto& [name, k] : parts(t)) {
      s += s.empty() ? (k < 0 ? "-" : "") : (k < 0 ? " - " : " + ");
      std::string size = std::to_string(k < 0 ? 0 - static_cast<std::uint64_t>(k) : static_cast<std::uint64_t>(k));
      s += name.empty() ? size : k == 1 || k == -1 ? name : size + "*" + name;
    }
    return s;
  }

  /// Ordered by text, so that no order of making shows.
  std::vector<std::pair<std::string, i64>> parts(const Terms& t) const {
    std::vector<std::pair<std::string, i64>> list;
    for (const auto& [m, k] : t) {
      std::vector<std::string> factors;
      for (AtomId a : m) factors.push_back(atoms_[static_cast<std::size_t>(a)].text);
      std::ranges::sort(factors);
      std::string name;
      for (const std::string& f : factors) name += (name.empty() ? "" : "*") + f;
      list.emplace_back(std::move(name), k);
    }
    std::ranges::sort(list, [](const auto& a, const auto& b) {
      return std::tuple(a.first.empty(), a.first) < std::tuple(b.first.empty(), b.first);
    });
    return list;
  }

  mutable std::shared_mutex mutex_;
  std::deque<Entry> polynomials_;
  std::deque<Atom> atoms_;
  std::unordered_map<std::string, i64> number_;
  std::unordered_map<std::string, AtomId> atom_number_;
};

namespace {

Polynomials& all() { return Polynomials::instance(); }
Dim make(Terms t) { return all().make(std::move(t)); }

constexpr int kMostSteps = 32;
constexpr std::size_t kMostTerms = 256;

bool is_nonnegative(const Monomial& m);

/// With den * floor(n / den) in [n - den + 1, n]: a lower bound of some positive multiple of t, without quotients.
/// Nothing where a sign is unknown or it takes too many steps.
std::optional<Terms> without_quotients(Terms t) {
  for (int step = 0; step < kMostSteps; ++step) {
    const Atom* quotient = nullptr;
    Monomial rest;
    std::pair<Monomial, i64> term;
    for (const auto& [m, k] : t)
      for (std::size_t q = 0; q < m.size() && !quotient; ++q)
        if (const Atom& a = all().atom(m[q]); a.den > 0) {
          quotient = &a;
          term = {m, k};
          rest = m;
          rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(q));
        }
    if (!quotient) return t;
    if (!is_nonnegative(rest)) return {};
    Terms end = quotient->numerator;
    if (term.second > 0) end = sum(end, constant(1 - quotient->den));
    Terms others = sum(t, {{term.first, -term.second}});
    t = sum(scaled(others, quotient->den), product({{rest, term.second}}, end));
    if (t.size() > kMostTerms) return {};
  }
  return {};
}

/// The least or greatest value of a sum, each term taken alone. Unknowns are at least 0 or this gives nothing.
std::optional<i64> bound(const Terms& t, bool upper);

std::optional<i64> bound_of(const Atom& a, bool upper) {
  if (a.den == 0) {
    if (!upper) return a.least;
    return a.most >= Dim::kUnbounded ? std::nullopt : std::optional(a.most);
  }
  auto n = bound(a.numerator, upper);
  return n ? std::optional(rounded_down(*n, a.den)) : n;
}

std::optional<i64> bound(const Terms& t, bool upper) {
  i64 r = 0;
  for (const auto& [m, k] : t) {
    i64 p = k;
    for (AtomId a : m) {
      auto low = bound_of(all().atom(a), false);
      auto end = bound_of(all().atom(a), (k > 0) == upper);
      if (!low || !end || (m.size() > 1 && *low < 0)) return {};
      p = product(p, *end);
    }
    r = total(r, p);
  }
  return r;
}

bool is_nonnegative(const Monomial& m) {
  return std::ranges::all_of(m, [](AtomId a) {
    auto low = bound_of(all().atom(a), false);
    return low && *low >= 0;
  });
}

/// Every atom as its least value plus, or for those in `down` its greatest less, something that is at least 0. Nothing
/// where an end is not known.
std::optional<Terms> from_ends(const Terms& t, const Monomial& down) {
  Terms r;
  for (const auto& [m, k] : t) {
    Terms p = constant(k);
    for (AtomId a : m) {
      bool upper = std::ranges::find(down, a) != down.end();
      auto end = bound_of(all().atom(a), upper);
      if (!end) return {};
      p = product(p, sum({{{a}, upper ? -1 : 1}}, constant(*end)));
    }
    r = sum(r, p);
    if (r.size() > kMostTerms) return {};
  }
  return r;
}

/// A sum of products of what is at least 0, seen from some ends of the unknowns: (n - 2)*(m - 2), (9 - n)*m.
bool is_sum_of_products(const Terms& t) {
  constexpr std::size_t kMostBounded = 3;
  Monomial bounded;
  for (const auto& [m, k] : t)
    for (AtomId a : m)
      if (std::ranges::find(bounded, a) == bounded.end() && bounded.size() < kMostBounded &&
          bound_of(all().atom(a), true))
        bounded.push_back(a);
  for (std::size_t chosen = 0; chosen < std::size_t{1} << bounded.size(); ++chosen) {
    Monomial down;
    for (std::size_t k = 0; k < bounded.size(); ++k)
      if (chosen >> k & 1) down.push_back(bounded[k]);
    auto r = from_ends(t, down);
    if (r && std::ranges::all_of(*r, [](const auto& term) { return term.second >= 0; })) return true;
  }
  return false;
}

bool proved_nonnegative(const Terms& t) {
  if (auto low = bound(t, false); low && *low >= 0) return true;
  if (is_sum_of_products(t)) return true;
  auto plain = without_quotients(t);
  if (!plain || *plain == t) return false;
  if (auto low = bound(*plain, false); low && *low >= 0) return true;
  return is_sum_of_products(*plain);
}

/// a / b, where nothing is left over.
std::optional<Terms> quotient(Terms a, const Terms& b) {
  const auto& lead = b.back();  // of the greatest monomial
  Terms q;
  for (int step = 0; step < kMostSteps && !a.empty(); ++step) {
    const auto [m, k] = a.back();
    if (k % lead.second != 0 || !std::ranges::includes(m, lead.first)) return {};
    Monomial rest;
    std::ranges::set_difference(m, lead.first, std::back_inserter(rest));
    Terms term{{rest, k / lead.second}};
    q = sum(q, term);
    a = sum(a, scaled(product(term, b), -1));
  }
  return a.empty() ? std::optional(q) : std::nullopt;
}

bool is_name(std::string_view s) {
  return !s.empty() &&
         std::ranges::all_of(s, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

}  // namespace

Dim Dim::symbol(std::string_view name, i64 least, i64 most) {
  require(is_name(name), "a dimension's name is letters, digits and '_', not '{}'", name);
  require(0 <= least && least <= most, "dimension ?{}: the bounds {} to {} hold no extent", name, least, most);
  most = std::min(most, kUnbounded);
  if (least == most) return least;
  std::string text = fmt::format("?{}", name);
  if (least != 1 || most != kUnbounded) text += fmt::format(":{}..", least);
  if (most != kUnbounded) text += std::to_string(most);
  return make({{{all().atom({text, std::string(name), least, most, {}, 0})}, 1}});
}

Dim Dim::add(Dim a, Dim b) { return make(sum(all().terms(a), all().terms(b))); }
Dim Dim::mul(Dim a, Dim b) { return make(product(all().terms(a), all().terms(b))); }

Dim Dim::div(Dim a, Dim b) {
  require(!(b == 0), "extents: {} / 0", a);
  auto q = exact_quotient(a, b);
  if (!q) fail("extents: whether {} divides {} depends on the unknown dimension", b, a);
  return *q;
}

Dim Dim::rem(Dim a, Dim b) {
  require(!(b == 0), "extents: {} % 0", a);
  if (exact_quotient(a, b)) return 0;
  fail("extents: whether {} divides {} depends on the unknown dimension", b, a);
}

bool Dim::decide_less(Dim a, Dim b) {
  if (certainly_less(a, b)) return true;
  if (certainly_at_most(b, a)) return false;
  fail("extents: whether {} is less than {} depends on an unknown dimension; give it bounds, as in ?n:4..64", a, b);
}

void Dim::fail_unknown() const {
  fail("a number is needed here, but the extent {} is not known before the program runs", to_string(*this));
}
void Dim::fail_size() { fail("an extent is far below zero: its arithmetic does not fit 64 bits"); }
std::uint64_t Dim::symbolic_hash() const { return all().hash(*this); }

Dim floor_div(Dim a, i64 b) {
  require(b > 0, "extents: {} divided by {}", a, b);
  if (a.is_constant()) return rounded_down(a, b);
  Terms whole, rest;
  for (const auto& [m, k] : all().terms(a)) {
    i64 q = m.empty() || k % b == 0 ? rounded_down(k, b) : 0;
    if (q != 0) whole.emplace_back(m, q);
    if (k - q * b != 0) rest.emplace_back(m, k - q * b);
  }
  canonicalise(whole), canonicalise(rest);
  if (sum(rest, scaled(constant_part(rest), -1)).empty()) return make(whole);  // a remainder of 0 to b - 1
  i64 common = b;
  for (const auto& [m, k] : rest)
    if (!m.empty()) common = std::gcd(common, k);
  if (common > 1) {  // floor((c x + r) / (c d)) = floor((x + floor(r / c)) / d)
    for (auto& [m, k] : rest) k = rounded_down(k, common);
    canonicalise(rest);
  }
  i64 den = b / common;
  if (den == 1) return make(sum(whole, rest));
  std::string text = fmt::format("floor(({})/{})", all().printed(rest), den);
  AtomId atom = all().atom({text, {}, 0, Dim::kUnbounded, rest, den});
  return make(sum(whole, {{{atom}, 1}}));
}

Dim ceil_div(Dim a, i64 b) { return floor_div(a + (b - 1), b); }

bool certainly_nonnegative(Dim a) {
  if (a.is_constant()) return a.value() >= 0;
  try {
    return proved_nonnegative(all().terms(a));
  } catch (const Error&) {  // numbers beyond 64 bits
    return false;
  }
}

bool certainly_different(Dim a, Dim b) {
  if (a.is_constant() && b.is_constant()) return !(a == b);
  return certainly_less(a, b) || certainly_less(b, a);
}

std::optional<i64> least_value(Dim a) { return bound(all().terms(a), false); }
std::optional<i64> greatest_value(Dim a) { return bound(all().terms(a), true); }

std::optional<Dim> exact_quotient(Dim a, Dim b) {
  if (b == 0) return {};
  if (a.is_constant() && b.is_constant())
    return a.value() % b.value() == 0 ? std::optional<Dim>(a.value() / b.value()) : std::nullopt;
  auto q = quotient(all().terms(a), all().terms(b));
  return q ? std::optional(make(std::move(*q))) : std::nullopt;
}

i64 content(Dim a) {
  i64 g = 0;
  for (const auto& [m, k] : all().terms(a)) g = std::gcd(g, k);
  return g;
}

Dim with_values(Dim a, const DimValues& values) {
  if (a.is_constant()) return a;
  Dim r = 0;
  for (const auto& [m, k] : all().terms(a)) {
    Dim p = k;
    for (AtomId id : m) {
      const Atom& atom = all().atom(id);
      if (atom.den > 0) {
        p *= floor_div(with_values(make(atom.numerator), values), atom.den);
        continue;
      }
      auto it = std::ranges::find(values, atom.name, &DimValues::value_type::first);
      if (it == values.end()) {
        p *= make({{{id}, 1}});
        continue;
      }
      bool inside = !it->second.is_constant() || (it->second >= atom.least && it->second <= atom.most);
      require(inside, "dimension ?{} is {}, expected {}{}", atom.name, it->second, atom.least,
              atom.most == Dim::kUnbounded ? " or more" : fmt::format(" to {}", atom.most));
      p *= it->second;
    }
    r += p;
  }
  return r;
}

namespace {

void collect(const Terms& t, std::set<std::string>& names) {
  for (const auto& [m, k] : t)
    for (AtomId id : m) {
      const Atom& a = all().atom(id);
      if (a.den > 0)
        collect(a.numerator, names);
      else
        names.insert(a.name);
    }
}

}  // namespace

std::vector<std::string> unknowns(Dim a) {
  std::set<std::string> names;
  collect(all().terms(a), names);
  return {names.begin(), names.end()};
}

std::vector<std::pair<std::string, i64>> monomials(Dim a) { return all().monomials(all().terms(a)); }

std::string to_string(Dim a) { return all().text(a); }

namespace {

constexpr std::size_t kLongestText = 4096;
constexpr int kDeepestText = 16;

class Reader {
 public:
  Reader(std::string_view text, std::size_t at) : text_(text), at_(at) {}
  std::size_t at() const { return at_; }

  bool peek_unknown() {
    skip();
    return text_.substr(at_).starts_with("?") || text_.substr(at_).starts_with("floor(");
  }

  Dim unknown(int depth) {
    if (accept("?")) return named();
    take("floor(");
    take("(");
    if (depth == 0) error("fewer quotients inside of each other");
    Dim numerator = sum(depth - 1);
    take(")");
    take("/");
    i64 den = integer();
    if (den == 0) error("a divisor of at least 1");
    take(")");
    return floor_div(numerator, den);
  }

  Dim sum(int depth) {
    Dim r = accept("-") ? -product(depth) : product(depth);
    for (;;) {
      if (accept("+"))
        r += product(depth);
      else if (accept("-"))
        r -= product(depth);
      else
        return r;
    }
  }

  void end() {
    skip();
    if (at_ != text_.size()) error("the end");
  }

 private:
  [[noreturn]] void error(std::string_view expected) {
    fail("extent '{}', column {}: expected {}", text_.substr(0, 80), at_ + 1, expected);
  }
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool accept(std::string_view token) {
    skip();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  void take(std::string_view token) {
    if (!accept(token)) error(fmt::format("'{}'", token));
  }

  i64 integer() {
    skip();
    i64 v = 0;
    auto [end, status] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), v);
    if (status != std::errc() || v < 0) error("a number");
    at_ = static_cast<std::size_t>(end - text_.data());
    return v;
  }

  Dim named() {
    std::size_t first = at_;
    while (at_ < text_.size() && is_name(text_.substr(at_, 1))) ++at_;
    std::string_view name = text_.substr(first, at_ - first);
    if (!accept(":")) return Dim::symbol(name);
    i64 least = integer();
    take("..");
    bool bounded = at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]));
    return Dim::symbol(name, least, bounded ? integer() : Dim::kUnbounded);
  }

  Dim product(int depth) {
    Dim r = factor(depth);
    while (accept("*")) r *= factor(depth);
    return r;
  }
  Dim factor(int depth) { return peek_unknown() ? unknown(depth) : Dim(integer()); }

  std::string_view text_;
  std::size_t at_;
};

}  // namespace

std::optional<Dim> read_unknown(std::string_view text, std::size_t& at) {
  Reader r(text, at);
  if (!r.peek_unknown()) return {};
  Dim d = r.unknown(kDeepestText);
  at = r.at();
  return d;
}

Dim dim_from_string(std::string_view text) {
  require(text.size() <= kLongestText, "an extent of {} characters is longer than the {} that are read", text.size(),
          kLongestText);
  Reader r(text, 0);
  Dim d = r.sum(kDeepestText);
  r.end();
  return d;
}

}  // namespace tenon
