#include "expr/expr.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/hash.h"

namespace tenon::expr {

namespace {

void reduce_fraction(Affine& a) {
  erase_if(a.terms, [](const Term& t) { return t.coef == 0; });
  if (a.den == 1) return;
  i64 g = std::gcd(a.den, content(a.offset));
  for (const Term& t : a.terms) g = std::gcd(g, content(t.coef));
  if (g <= 1) return;
  a.den /= g;
  a.offset /= g;
  for (Term& t : a.terms) t.coef /= g;
}

struct FnFact {
  std::string_view name;
  int arity;
};
constexpr std::array<FnFact, 39> kFns{{
    {"neg", 1},  {"abs", 1},        {"sign", 1},        {"floor", 1},       {"ceil", 1},  {"round", 1}, {"exp", 1},
    {"log", 1},  {"log1p", 1},      {"expm1", 1},       {"sqrt", 1},        {"rsqrt", 1}, {"sin", 1},   {"cos", 1},
    {"tanh", 1}, {"erf", 1},        {"sigmoid", 1},     {"not", 1},         {"add", 2},   {"sub", 2},   {"mul", 2},
    {"div", 2},  {"pow", 2},        {"mod", 2},         {"atan2", 2},       {"max", 2},   {"min", 2},   {"eq", 2},
    {"ne", 2},   {"lt", 2},         {"le", 2},          {"gt", 2},          {"ge", 2},    {"and", 2},   {"or", 2},
    {"xor", 2},  {"shift_left", 2}, {"shift_right", 2}, {"random_bits", 3},
}};
static_assert(kFns.size() == static_cast<std::size_t>(Fn::RandomBits) + 1);

const FnFact& fact(Fn fn) { return kFns[static_cast<std::size_t>(fn)]; }

}  // namespace

Affine Affine::of(IndexId index, Dim coef) {
  Affine a;
  if (coef != 0) a.terms.push_back({index, coef});
  return a;
}

Dim Affine::coef(IndexId index) const {
  for (const Term& t : terms)
    if (t.index == index) return t.coef;
  return 0;
}

Affine operator+(const Affine& a, const Affine& b) {
  Affine r;
  Dim den = Dim(a.den / std::gcd(a.den, b.den)) * b.den;
  r.den = den.value();
  i64 ka = r.den / a.den, kb = r.den / b.den;
  r.offset = a.offset * ka + b.offset * kb;
  std::size_t i = 0, j = 0;
  while (i < a.terms.size() || j < b.terms.size()) {
    if (j == b.terms.size() || (i < a.terms.size() && a.terms[i].index < b.terms[j].index)) {
      r.terms.push_back({a.terms[i].index, a.terms[i].coef * ka});
      ++i;
    } else if (i == a.terms.size() || b.terms[j].index < a.terms[i].index) {
      r.terms.push_back({b.terms[j].index, b.terms[j].coef * kb});
      ++j;
    } else {
      r.terms.push_back({a.terms[i].index, a.terms[i].coef * ka + b.terms[j].coef * kb});
      ++i, ++j;
    }
  }
  reduce_fraction(r);
  return r;
}

Affine operator*(const Affine& a, Dim k) {
  Affine r = a;
  r.offset *= k;
  for (Term& t : r.terms) t.coef *= k;
  reduce_fraction(r);
  return r;
}

Affine operator-(const Affine& a) { return a * -1; }
Affine operator-(const Affine& a, const Affine& b) { return a + b * -1; }

Affine exact_div(const Affine& a, i64 d) {
  require(d != 0, "exact_div: the divisor is 0");
  Affine r = d < 0 ? -a : a;
  r.den = (Dim(r.den) * (d < 0 ? -Dim(d) : Dim(d))).value();
  reduce_fraction(r);
  return r;
}

int arity_of(Fn fn) { return fact(fn).arity; }
std::string_view name_of(Fn fn) { return fact(fn).name; }

bool fn_from_name(std::string_view name, Fn& fn) {
  for (std::size_t k = 0; k < kFns.size(); ++k)
    if (name_of(static_cast<Fn>(k)) == name) {
      fn = static_cast<Fn>(k);
      return true;
    }
  return false;
}

std::string_view name_of(Reducer r) {
  constexpr std::string_view names[] = {"none", "sum", "prod", "max", "min", "argmax", "argmin"};
  return names[static_cast<std::size_t>(r)];
}

Number identity_of(Reducer r, DType accumulate) {
  bool lowest = r == Reducer::Max || r == Reducer::ArgMax, highest = r == Reducer::Min || r == Reducer::ArgMin;
  const double most = is_float8(accumulate) && !has_infinity(accumulate) ? highest_of(accumulate) : kInfinity;
  const double v = lowest ? -most : highest ? most : r == Reducer::Prod ? 1 : 0;
  if (accumulate == DType::Bool) return Number::of_int(v > 0);
  return Number(v).rounded_to(accumulate);  // integers saturate
}

Affine Expr::out_coord(std::size_t d) const {
  IndexId first = 0;
  for (std::size_t e = 0; e < d; ++e) first += domain.out[e];
  Affine r;
  for (IndexId i = first; i < first + domain.out[d]; ++i)
    r = r * domain.extent[static_cast<std::size_t>(i)] + Affine::of(i);
  return r;
}

Type Expr::type() const {
  Type t{node(post).dtype, {}};
  std::size_t i = 0;
  for (std::int32_t joined : domain.out) {
    Dim extent = 1;
    for (std::int32_t k = 0; k < joined; ++k) extent *= domain.extent[i++];
    t.shape.push_back(extent);
  }
  return t;
}

namespace {

bool concrete(const Affine& a) {
  return a.offset.is_constant() && std::ranges::all_of(a.terms, [](const Term& t) { return t.coef.is_constant(); });
}

}  // namespace

bool Expr::is_concrete() const {
  auto known = [](Dim d) { return d.is_constant(); };
  return std::ranges::all_of(domain.extent, known) &&
         std::ranges::all_of(in, [](const Type& t) { return tenon::is_concrete(t.shape); }) &&
         std::ranges::all_of(nodes, [&](const Node& n) {
           return std::ranges::all_of(n.at, [](const Coord& c) { return concrete(c.at); }) &&
                  std::ranges::all_of(n.cond,
                                      [&](const Cond& c) { return concrete(c.e.at) && known(c.lo) && known(c.hi); });
         });
}

namespace {

std::uint64_t mix_in(std::uint64_t h, const Affine& a) {
  h = mix(mix(h, a.offset.hash()), static_cast<std::uint64_t>(a.den));
  for (const Term& t : a.terms) h = mix(mix(h, static_cast<std::uint64_t>(t.index)), t.coef.hash());
  return mix(h, a.terms.size());
}
std::uint64_t mix_in(std::uint64_t h, const Coord& c) {
  return mix(mix_in(h, c.at), static_cast<std::uint64_t>(c.data));
}

}  // namespace

std::uint64_t hash_of(const Node& n) {
  std::uint64_t h = mix(static_cast<std::uint64_t>(n.kind) << 16 | static_cast<std::uint64_t>(n.fn) << 8 |
                            static_cast<std::uint64_t>(n.dtype),
                        static_cast<std::uint64_t>(n.value.i));
  h = mix(h, static_cast<std::uint64_t>(n.operand));
  for (NodeId a : n.args) h = mix(h, static_cast<std::uint64_t>(a));
  for (const Coord& c : n.at) h = mix_in(h, c);
  for (const Cond& c : n.cond) h = mix(mix(mix_in(h, c.e), c.lo.hash()), c.hi.hash());
  return h;
}

std::uint64_t Expr::hash() const {
  std::uint64_t h = mix(static_cast<std::uint64_t>(domain.parallel), static_cast<std::uint64_t>(reducer));
  for (Dim d : domain.extent) h = mix(h, d.hash());
  for (std::int32_t k : domain.out) h = mix(h, static_cast<std::uint64_t>(k));
  for (const Type& t : in) {
    h = mix(h, static_cast<std::uint64_t>(t.dtype));
    for (Dim d : t.shape) h = mix(h, d.hash());
  }
  for (const Node& n : nodes) h = mix(h, hash_of(n));
  return mix(mix(mix(h, static_cast<std::uint64_t>(body)), static_cast<std::uint64_t>(post)),
             static_cast<std::uint64_t>(accumulate));
}

}  // namespace tenon::expr
