#include "expr/points.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace tenon::expr {

namespace {

using Indices = std::vector<IndexId>;

double volume(const Pool& pool, const Indices& indices) {
  double v = 1;
  for (IndexId i : indices) v *= static_cast<double>(pool.extent(i));
  return v;
}

bool contains(const Indices& v, IndexId i) { return std::ranges::find(v, i) != v.end(); }

/// The integers first, first + step, … up to last.
struct Progression {
  i64 first = 0, last = -1, step = 1;

  i64 size() const { return first > last ? 0 : (last - first) / step + 1; }

  void keep_from(i64 low) {
    if (low > first) first += (low - first + step - 1) / step * step;
  }
  void keep_to(i64 high) { last = std::min(last, high); }

  /// Keeps x where base + coef * x is lo * den, …, (hi - 1) * den.
  void keep(const Cond& c, i64 base, i64 coef) {
    i64 den = c.e.at.den;
    if (coef == 0) {
      bool holds = base % den == 0 && (c.lo == -kInf || base / den >= c.lo) && (c.hi == kInf || base / den < c.hi);
      if (!holds) last = first - 1;
      return;
    }
    auto bound = [&](i64 value, bool below) {  // base + coef * x >= value, or <= value
      bool from = below == (coef > 0);
      i64 room = value - base;
      from ? keep_from(ceil_div(coef > 0 ? room : -room, std::abs(coef)))
           : keep_to(floor_div(coef > 0 ? room : -room, std::abs(coef)));
    };
    if (!(c.lo == -kInf)) bound(c.lo * den, true);
    if (!(c.hi == kInf)) bound((c.hi - 1) * den, false);
    i64 period = den / std::gcd(std::gcd(coef, den) * (step % den == 0 ? den : step % den), den), tried = 0;
    while (tried < period && first <= last && (base + coef * first) % den != 0) first += step, ++tried;
    if (tried == period) last = first - 1;
    step *= period;
  }
};

/// Steps through all points of a box.
class Walk {
 public:
  Walk(const Pool& pool, const Indices& indices) : pool_(pool), indices_(indices) {
    for (IndexId i : indices) at_[i] = 0;
  }
  bool step() {
    for (IndexId i : indices_) {
      if (++at_[i] < pool_.extent(i)) return true;
      at_[i] = 0;
    }
    return false;
  }
  /// The numerator at this point; indices outside of the box count as 0.
  i64 numerator(const Affine& a) const {
    i64 x = a.offset;
    for (const Term& t : a.terms)
      if (auto it = at_.find(t.index); it != at_.end()) x += t.coef.value() * it->second;
    return x;
  }
  bool holds(const Claim& c) const {
    i64 x = numerator(c.cond.e.at), den = c.cond.e.at.den;
    return (x % den == 0 && x / den >= c.cond.lo && x / den < c.cond.hi) == c.holds;
  }

 private:
  const Pool& pool_;
  const Indices& indices_;
  std::map<IndexId, i64> at_;
};

/// Numbers so large that sums of their products might not fit.
bool is_huge(const Pool& pool, const Affine& a, double bound = 0) {
  double reach = std::abs(static_cast<double>(a.offset)) + std::abs(bound) * static_cast<double>(a.den);
  for (const Term& t : a.terms)
    reach += std::abs(static_cast<double>(t.coef)) * static_cast<double>(std::max<i64>(pool.extent(t.index), 1));
  return reach > 0x1p60;
}

bool is_huge(const Pool& pool, const Cond& c) {
  double lo = c.lo == -kInf ? 0 : static_cast<double>(c.lo), hi = c.hi == kInf ? 0 : static_cast<double>(c.hi);
  return is_huge(pool, c.e.at, std::max(std::abs(lo), std::abs(hi)));
}

/// The interval that claims leave to the values of a form without its offset.
struct Interval {
  Affine form;
  i64 first, last;
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// Of all points of the box; not for huge forms.
Interval whole_interval(const Pool& pool, Affine form) {
  form.offset = 0;
  i64 first = 0, last = 0;
  for (const Term& t : form.terms) {
    const i64 reach = t.coef.value() * (pool.extent(t.index).value() - 1);
    (reach < 0 ? first : last) += reach;
  }
  return {std::move(form), first, last};
}

/// Whether the claim can be said by ends of an interval, which then are moved.
bool narrow(Interval& i, const Claim& c) {
  const i64 offset = c.cond.e.at.offset.value();
  const i64 first = c.cond.lo == -kInf ? i.first : std::max(i.first, c.cond.lo.value() - offset);
  const i64 last = c.cond.hi == kInf ? i.last : std::min(i.last, c.cond.hi.value() - 1 - offset);
  if (c.holds) {
    i.first = first;
    i.last = last;
    return true;
  }
  if (first > last) return true;  // it fails everywhere
  if (first == i.first) {
    i.first = last + 1;
    return true;
  }
  if (last != i.last) return false;
  i.last = first - 1;
  return true;
}

bool fits_interval(const Pool& pool, const Claim& c) {
  if (c.cond.e.at.den != 1 || is_huge(pool, c.cond)) return false;
  const Interval whole = whole_interval(pool, c.cond.e.at);
  return -kInf < whole.first && whole.last + 1 < kInf;
}

/// The same points by fewer claims: those beside the end of an interval move that end, as the failing ones of
/// concatenated parts do.
Claims joined(const Pool& pool, const Claims& claims) {
  std::vector<Interval> intervals;
  Claims rest, open;
  for (const Claim& c : claims) (fits_interval(pool, c) ? open : rest).push_back(c);
  const auto interval_of = [&](const Claim& c) -> Interval& {
    for (Interval& i : intervals)
      if (i.form.same_slope(c.cond.e.at)) return i;
    return intervals.emplace_back(whole_interval(pool, c.cond.e.at));
  };
  for (std::size_t before = open.size() + 1; open.size() < before;) {
    before = open.size();
    std::erase_if(open, [&](const Claim& c) { return narrow(interval_of(c), c); });
  }
  for (const Interval& i : intervals)
    if (i != whole_interval(pool, i.form)) rest.push_back({{{i.form}, i.first, i.last + 1}, true});
  rest.insert(rest.end(), open.begin(), open.end());
  return rest;
}

/// Do the values of these forms determine every index?
bool determines(const Pool& pool, const std::vector<const Affine*>& forms, Indices open) {
  for (bool again = true; again && !open.empty();) {
    again = false;
    for (const Affine* a : forms) {
      std::vector<std::pair<double, IndexId>> steps;
      for (const Term& t : a->terms)
        if (contains(open, t.index)) steps.push_back({std::abs(static_cast<double>(t.coef)), t.index});
      std::ranges::sort(steps);
      double reach = 0;
      bool separate = !steps.empty();
      for (auto [step, i] : steps) {
        separate &= step > reach;
        reach += step * (static_cast<double>(pool.extent(i)) - 1);
      }
      if (!separate) continue;
      for (auto [step, i] : steps) std::erase(open, i);
      again = true;
    }
  }
  return open.empty();
}

}  // namespace

/// Indices that claims and coordinates tie together.
struct Points::Part {
  Indices indices;
  Claims claims;
  std::vector<std::size_t> dims;  ///< coordinates over these indices
};

bool Points::spend(double trials) {
  if (!(trials <= static_cast<double>(budget_))) return false;
  budget_ -= static_cast<i64>(trials);
  return true;
}

std::vector<Points::Part> Points::parts(const Access& access) const {
  const Indices& box = access.box;
  std::map<IndexId, std::size_t> group;
  for (std::size_t k = 0; k < box.size(); ++k) group[box[k]] = k;
  auto tie = [&](const Affine& a) {
    if (a.terms.empty()) return;
    std::size_t to = group.at(a.terms[0].index);
    for (const Term& t : a.terms)
      for (std::size_t from = group.at(t.index); auto& [i, g] : group)
        if (g == from) g = to;
  };
  for (const Claim& c : access.claims) tie(c.cond.e.at);
  for (const Coord& c : access.at) tie(c.at);
  std::map<std::size_t, Part> by_group;
  Part constant;
  auto part_of = [&](const Affine& a) -> Part& {
    return a.terms.empty() ? constant : by_group[group.at(a.terms[0].index)];
  };
  for (IndexId i : box) by_group[group.at(i)].indices.push_back(i);
  for (const Claim& c : access.claims)
    if (c.cond.e.data == kNone) part_of(c.cond.e.at).claims.push_back(c);
  for (std::size_t d = 0; d < access.at.size(); ++d) part_of(access.at[d].at).dims.push_back(d);
  std::vector<Part> all{std::move(constant)};
  for (auto& [g, part] : by_group) all.push_back(std::move(part));
  for (Part& part : all) part.claims = joined(pool_, part.claims);
  return all;
}

Count Points::where(const Indices& box, const Claims& claims) {
  Count total{1, true};
  for (const Part& part : parts({{}, claims, box})) {
    Count c = where(part);
    total = {total.n * c.n, total.exact && c.exact};
  }
  for (const Claim& c : claims) total.exact &= c.cond.e.data == kNone;
  return total.n == 0 ? Count{} : total;
}

// The longest index runs in a progression for each choice of the others. Failing claims: all less those that hold.
Count Points::where(const Part& part) {
  const double all = volume(pool_, part.indices);
  if (part.claims.empty() || all == 0) return {all, true};
  auto failing = std::ranges::find(part.claims, false, &Claim::holds);
  if (failing != part.claims.end()) {
    if (!spend(static_cast<double>(part.claims.size()))) return {all, false};
    Part with = part, without = part;
    with.claims[static_cast<std::size_t>(failing - part.claims.begin())].holds = true;
    without.claims.erase(without.claims.begin() + (failing - part.claims.begin()));
    Count a = where(without), b = where(with);
    return a.exact && b.exact ? Count{a.n - b.n, true} : Count{a.n, false};
  }
  if (std::ranges::any_of(part.claims, [&](const Claim& c) { return is_huge(pool_, c.cond); })) return {all, false};
  IndexId longest = part.indices.empty() ? kNone : part.indices[0];
  for (IndexId i : part.indices)
    if (pool_.extent(i) > pool_.extent(longest)) longest = i;
  Indices others = part.indices;
  std::erase(others, longest);
  if (!spend(volume(pool_, others))) return {all, false};
  Count total;
  Walk walk(pool_, others);
  do {
    Progression run{0, longest == kNone ? 0 : pool_.extent(longest).value() - 1, 1};
    for (const Claim& c : part.claims)
      run.keep(c.cond, walk.numerator(c.cond.e.at), longest == kNone ? 0 : c.cond.e.at.coef(longest).value());
    total.n += static_cast<double>(run.size());
  } while (walk.step());
  return total;
}

Count Points::where_any(const Indices& box, const std::vector<Claims>& sets) {
  constexpr std::size_t kMost = 5;
  double all = volume(pool_, box);
  if (sets.size() > kMost) return {all, false};
  Count total;
  for (std::size_t chosen = 1; chosen < std::size_t{1} << sets.size(); ++chosen) {
    Claims both;
    int n = 0;
    for (std::size_t k = 0; k < sets.size(); ++k) {
      if (!(chosen >> k & 1)) continue;
      ++n;
      for (const Claim& c : sets[k])
        if (std::ranges::find(both, c) == both.end()) both.push_back(c);
    }
    Count c = where(box, both);
    total.n += n % 2 ? c.n : -c.n;
    total.exact &= c.exact;
  }
  return total.exact || sets.size() == 1 ? total : Count{all, false};
}

/// Distinct values of one form: unions of progressions of one step, each for a choice of the shorter indices.
Count Points::values_of(const Part& part, const Affine& form) {
  double bound = where(part).n;
  IndexId longest = form.terms[0].index;
  for (const Term& t : form.terms)
    if (pool_.extent(t.index) > pool_.extent(longest)) longest = t.index;
  Indices others = part.indices;
  std::erase(others, longest);
  double choices = volume(pool_, others);
  bool huge =
      is_huge(pool_, form) || std::ranges::any_of(part.claims, [&](const Claim& c) { return is_huge(pool_, c.cond); });
  if (huge || !spend(choices)) return {bound, false};
  std::map<std::pair<i64, i64>, std::vector<std::pair<i64, i64>>> runs;  // by step and residue: first and last
  Walk walk(pool_, others);
  i64 coef = form.coef(longest);
  do {
    Progression run{0, pool_.extent(longest).value() - 1, 1};
    for (const Claim& c : part.claims) run.keep(c.cond, walk.numerator(c.cond.e.at), c.cond.e.at.coef(longest));
    run.keep({{form}, -kInf, kInf}, walk.numerator(form), coef);
    if (run.size() == 0) continue;
    run.last = run.first + (run.size() - 1) * run.step;
    i64 base = walk.numerator(form), a = base + coef * run.first, b = base + coef * run.last;
    i64 step = std::abs(coef) * run.step;
    runs[{step, (a % step + step) % step}].push_back(std::minmax(a, b));
  } while (walk.step());
  Count total;
  for (auto& [key, list] : runs) {
    total.exact &= key.first == runs.begin()->first.first;  // of two steps, some values may coincide
    std::ranges::sort(list);
    i64 reached = std::numeric_limits<i64>::min();
    for (auto [a, b] : list) {
      i64 from = reached >= a ? reached + key.first : a;
      if (b >= from) total.n += static_cast<double>((b - from) / key.first + 1);
      reached = std::max(reached, b);
    }
  }
  return {std::min(total.n, bound), total.exact};
}

bool Points::mark(const Access& access, const std::vector<std::size_t>& dims, const Shape& shape,
                  std::vector<char>& seen) {
  Indices used;
  auto use = [&](const Affine& a) {
    if (is_huge(pool_, a)) return false;
    for (const Term& t : a.terms)
      if (!contains(used, t.index)) used.push_back(t.index);
    return true;
  };
  for (const Claim& c : access.claims)
    if (c.cond.e.data != kNone || !use(c.cond.e.at)) return false;
  for (std::size_t d : dims)
    if (access.at[d].data != kNone || !use(access.at[d].at)) return false;
  if (volume(pool_, access.box) == 0) return true;
  if (!spend(volume(pool_, used))) return false;
  Walk walk(pool_, used);
  do {
    if (!std::ranges::all_of(access.claims, [&](const Claim& c) { return walk.holds(c); })) continue;
    i64 position = 0;
    bool inside = true;
    for (std::size_t d : dims) {
      const Affine& a = access.at[d].at;
      i64 x = walk.numerator(a);
      inside &= x % a.den == 0 && x / a.den >= 0 && x / a.den < shape[d];
      position = position * shape[d].value() + x / a.den;
    }
    if (inside) seen[static_cast<std::size_t>(position)] = 1;
  } while (walk.step());
  return true;
}

Count Points::elements(const Part& part, const Access& access, const Shape& shape) {
  Count points = where(part);
  if (points.exact && points.n == 0) return points;
  double whole = 1;
  std::vector<const Affine*> forms;
  bool by_data = false;
  for (std::size_t d : part.dims) {
    whole *= static_cast<double>(shape[d]);
    forms.push_back(&access.at[d].at);
    by_data |= access.at[d].data != kNone;
  }
  if (part.dims.empty()) return {1, points.exact};
  if (by_data) return {whole, false};
  Indices used = part.indices;
  std::erase_if(used, [&](IndexId i) { return pool_.extent(i) == 1; });
  if (determines(pool_, forms, used)) return {std::min(points.n, whole), points.exact};
  Count bound{std::min(points.n, whole), false};
  bool plain = std::ranges::all_of(part.claims, &Claim::holds);
  if (forms.size() == 1 && plain && !forms[0]->terms.empty()) {
    Count c = values_of(part, *forms[0]);
    if (c.exact) return c;
  }
  if (!spend(whole)) return bound;
  std::vector<char> seen(static_cast<std::size_t>(whole), 0);
  if (!mark({access.at, part.claims, part.indices}, part.dims, shape, seen)) return bound;
  return {static_cast<double>(std::ranges::count(seen, 1)), true};
}

Count Points::elements(const Access& access, const Shape& shape) {
  Count total{1, true};
  for (const Claim& c : access.claims) total.exact &= c.cond.e.data == kNone;
  for (const Part& part : parts(access)) {
    Count c = elements(part, access, shape);
    total = {total.n * c.n, total.exact && c.exact};
  }
  return total.n == 0 ? Count{} : total;
}

Count Points::elements(const std::vector<Access>& accesses, const Shape& shape) {
  double whole = 1;
  for (Dim d : shape) whole *= static_cast<double>(d);
  Count sum;
  for (const Access& a : accesses) {
    Count c = elements(a, shape);
    if (c.exact && (accesses.size() == 1 || c.n == whole)) return c;
    sum = {sum.n + c.n, false};
  }
  Count bound{std::min(sum.n, whole), false};
  if (accesses.size() < 2 || !spend(whole)) return bound;
  std::vector<char> seen(static_cast<std::size_t>(whole), 0);
  std::vector<std::size_t> dims(shape.size());
  std::iota(dims.begin(), dims.end(), 0);
  for (const Access& a : accesses)
    if (!mark(a, dims, shape, seen)) return bound;
  return {static_cast<double>(std::ranges::count(seen, 1)), true};
}

}  // namespace tenon::expr
