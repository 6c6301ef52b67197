// Legality of fusion is decided on flat memory: each access to a value that some stage writes must stay, in the trip of
// a row, within the elements that this row writes.
#include <algorithm>
#include <optional>

#include "loop/transform.h"

namespace tenon::loop {

namespace {

using expr::Cond;
using expr::Kind;

struct Range {
  i64 low = 0, high = 0;  ///< both included
  bool empty() const { return low > high; }
};

Range operator+(const Range& a, const Range& b) { return {a.low + b.low, a.high + b.high}; }
Range operator*(i64 k, const Range& a) { return k < 0 ? Range{k * a.high, k * a.low} : Range{k * a.low, k * a.high}; }

Range over_all_points(const Nest& nest, const Affine& a) {
  Range r{a.offset.value(), a.offset.value()};
  for (const expr::Term& t : a.terms)
    r = r + t.coef.value() * Range{0, nest.extent[static_cast<std::size_t>(t.index)] - 1};
  return r;
}

/// What conditions say of the values of forms, where a node is computed.
struct Known {
  Affine slope;  ///< without offset
  Range range;
};
using Facts = std::vector<Known>;

const Known* about(const Facts& facts, const Affine& slope) {
  const auto found = std::ranges::find_if(facts, [&](const Known& k) { return k.slope == slope; });
  return found == facts.end() ? nullptr : &*found;
}

void learn(Facts& facts, const Known& k) {
  for (Known& old : facts)
    if (old.slope == k.slope) {
      old.range = {std::max(old.range.low, k.range.low), std::min(old.range.high, k.range.high)};
      return;
    }
  facts.push_back(k);
}

/// Whatever of the two sets of facts holds.
Facts either(const Facts& a, const Facts& b) {
  Facts both;
  for (const Known& k : a)
    if (const Known* other = about(b, k.slope))
      both.push_back({k.slope, {std::min(k.range.low, other->range.low), std::max(k.range.high, other->range.high)}});
  return both;
}

std::optional<Known> known_by(const Nest& nest, const Cond& c) {
  if (c.e.data != kNone || c.e.at.den != 1 || c.e.at.terms.empty()) return {};
  Known k{c.e.at - Affine(c.e.at.offset), {}};
  k.range = over_all_points(nest, k.slope);
  const i64 offset = c.e.at.offset.value();
  if (c.lo > -expr::kInf) k.range.low = std::max(k.range.low, c.lo.value() - offset);
  if (c.hi < expr::kInf) k.range.high = std::min(k.range.high, c.hi.value() - 1 - offset);
  return k;
}

/// Where the conditions of a guard hold, or do not.
Facts narrowed(const Nest& nest, Facts facts, const expr::Conds& conds, bool hold) {
  if (!hold && conds.size() != 1) return facts;
  for (const Cond& c : conds) {
    std::optional<Known> k = known_by(nest, c);
    if (!k) continue;
    if (!hold) {
      const Range all = over_all_points(nest, k->slope), in = k->range;
      if (in.empty()) continue;
      if (in.low <= all.low)
        k->range = {in.high + 1, all.high};
      else if (in.high >= all.high)
        k->range = {all.low, in.low - 1};
      else
        continue;
    }
    learn(facts, *k);
  }
  return facts;
}

/// What is known wherever each node is computed; nothing for nodes that nothing computes.
std::vector<std::optional<Facts>> facts_of(const Nest& nest) {
  std::vector<std::optional<Facts>> known(nest.nodes.size());
  const auto computed = [&](NodeId id, const Facts& facts) {
    if (id == kNone) return;
    auto& k = known[static_cast<std::size_t>(id)];
    k = k ? either(*k, facts) : facts;
  };
  computed(nest.body, {});
  computed(nest.post, {});
  for (std::size_t k = nest.nodes.size(); k-- > 0;) {
    if (!known[k]) continue;
    const Node& n = nest.nodes[k];
    const Facts facts = *known[k];
    for (std::size_t a = 0; a < n.args.size(); ++a)
      computed(n.args[a], n.kind == Kind::Guard ? narrowed(nest, facts, n.cond, a == 0) : facts);
    for (const expr::Coord& c : n.at) computed(c.data, facts);
    for (const Cond& c : n.cond) computed(c.e.data, facts);
    if (n.kind != Kind::Load) continue;
    for (const DataTerm& d : nest.accesses[static_cast<std::size_t>(n.operand)].data) computed(d.value, facts);
  }
  return known;
}

/// Values of a form. For any multiple of a slope of which something is known, form = multiple + what is left, each of
/// which has its range; the least of all these ranges holds.
Range range_of(const Nest& nest, const Affine& form, std::span<const Known> facts) {
  Range least = over_all_points(nest, form);
  if (facts.empty()) return least;
  const Known& known = facts[0];
  const auto also = [&](const Range& r) { least = {std::max(least.low, r.low), std::min(least.high, r.high)}; };
  also(range_of(nest, form, facts.subspan(1)));
  for (const expr::Term& t : known.slope.terms) {
    const i64 part = form.coef(t.index).value(), whole = t.coef.value();
    if (part == 0 || part % whole != 0) continue;
    const i64 times = part / whole;
    also(times * known.range + range_of(nest, form - known.slope * times, facts.subspan(1)));
  }
  return least;
}

/// The facts that say something of the form; few, since all their combinations are tried.
Facts about(const Affine& form, const Facts& facts) {
  constexpr std::size_t kMost = 5;
  Facts some;
  for (const Known& k : facts)
    if (some.size() < kMost && (indices_of(k.slope) & indices_of(form)) != 0) some.push_back(k);
  return some;
}

/// An access of a stage to a value, for refusals.
struct Place {
  std::size_t stage = 0;
  bool writes = false;
  std::int32_t operand = 0;
  std::string form;
  std::string text() const {
    return writes ? fmt::format("stage {} writes it at {}", stage + 1, form)
                  : fmt::format("stage {} reads it as in{} at {}", stage + 1, operand, form);
  }
};

/// The elements of a value that one row writes: `width` of them from the sum of stride * row on.
class Rows {
 public:
  Rows(const Nest& nest, std::int32_t rows, std::size_t stage) : stage_(stage) {
    form_ = to_text(nest, nest.out_offset);
    require(nest.out_digits.empty() && nest.out_offset.den == 1,
            "fuse: stage {} does not write its rows one after another", stage + 1);
    for (IndexId i = 0; i < rows; ++i) {
      strides_.push_back(nest.out_offset.coef(i).value());
      extents_.push_back(nest.extent[static_cast<std::size_t>(i)]);
      names_ += (i ? ", " : "") + nest.names[static_cast<std::size_t>(i)];
    }
    i64 elements = 1;
    for (IndexId i = rows; i < nest.parallel; ++i) elements *= nest.extent[static_cast<std::size_t>(i)];
    width_ = elements;
    for (std::size_t k = strides_.size(); k-- > 0; elements *= extents_[k])
      require(extents_[k] == 1 || strides_[k] == elements,
              "fuse: stage {} writes at {}, where the rows of {} do not follow one another", stage + 1, form_, names_);
    stay(nest, nest.out_offset, {}, {}, {stage, true, 0, form_});
  }

  /// Throws Error where the access leaves its row in some trip. `data`: read from it, within these extents.
  void stay(const Nest& nest, const Affine& offset, const SmallVector<DataTerm, 1>& data, const Facts& facts,
            const Place& place) const {
    const auto refuse = [&](std::string_view whose) {
      fail("fuse over {}: {}, but stage {} writes it at {}, and {}", names_, place.text(), stage_ + 1, form_, whose);
    };
    if (offset.den != 1) refuse("which row that is depends on a quotient");
    Affine inner = offset;
    Range taken;
    for (const DataTerm& d : data) {
      inner = inner - d.at * d.stride;
      taken = taken + d.stride * Range{0, d.extent - 1};
    }
    for (std::size_t k = 0; k < strides_.size(); ++k) {
      const auto i = static_cast<IndexId>(k);
      const i64 stride = inner.coef(i).value();
      if (extents_[k] == 1 || stride == strides_[k]) {
        inner = inner - Affine::of(i, stride);
        continue;
      }
      refuse(fmt::format("each trip of {} needs what other trips of {} write", nest.names[k], nest.names[k]));
    }
    const Range range = taken + range_of(nest, inner, about(inner, facts));
    if (range.low < 0 || range.high >= width_)
      refuse(fmt::format("{} to {} elements from the start of a row of {} lie in one that {} of {} writes", range.low,
                         range.high, width_, range.high >= width_ ? "a later trip" : "an earlier trip", names_));
  }

 private:
  std::size_t stage_;
  std::string form_, names_;
  std::vector<i64> strides_, extents_;
  i64 width_ = 1;
};

void check_reads(const Nest& nest, const Values& values, std::int32_t value, std::size_t stage, const Rows& rows) {
  const std::vector<std::optional<Facts>> known = facts_of(nest);
  for (std::size_t k = 0; k < nest.nodes.size(); ++k) {
    const Node& n = nest.nodes[k];
    if (n.kind != Kind::Load || !known[k]) continue;
    const Access& a = nest.accesses[static_cast<std::size_t>(n.operand)];
    if (values.operands[static_cast<std::size_t>(a.operand)] != value) continue;
    if (std::ranges::any_of(*known[k], [](const Known& f) { return f.range.empty(); })) continue;
    require(a.digits.empty(), "fuse: stage {} reads in{}, which another stage writes row by row, in panels", stage + 1,
            a.operand);
    rows.stay(nest, a.offset, a.data, *known[k], {stage, false, a.operand, to_text(nest, a.offset)});
  }
}

void check_rows(std::span<const Nest> nests, std::int32_t rows) {
  for (std::size_t s = 0; s < nests.size(); ++s) {
    const Nest& nest = nests[s];
    require(rows >= 1 && rows <= nest.parallel, "fuse: {} rows, and stage {} has {} parallel indices", rows, s + 1,
            nest.parallel);
    require(nest.packs.empty() && nest.hoists.empty(), "fuse: stage {} already keeps values for some of its loops",
            s + 1);
    for (IndexId i = 0; i < rows; ++i) {
      const auto k = static_cast<std::size_t>(i);
      if (nest.scatter && nest.scatter->aims_at(i))
        fail("fuse over {}: stage {} adds to rows that data names, {}: any trip may add to any row", nest.names[k],
             s + 1, formula_of(nest, nest.scatter->positions[0].index));
      require(nest.extent[k] == nests[0].extent[k], "fuse over {}: stage {} makes {} trips, stage 1 {}", nest.names[k],
              s + 1, nest.extent[k], nests[0].extent[k]);
    }
  }
}

}  // namespace

void fuse(std::span<Nest> nests, std::span<const Values> values, std::int32_t rows, Dim block) {
  expect(nests.size() == values.size(), "values are given for each nest");
  check_rows(nests, rows);
  for (std::size_t w = 0; w < nests.size(); ++w) {
    if (nests[w].out_points() == 0) continue;
    const Rows written(nests[w], rows, w);
    for (std::size_t s = 0; s < nests.size(); ++s) {
      expect(values[s].operands.size() == nests[s].in.size(), "a value is given for each operand");
      if (nests[s].points() > 0) check_reads(nests[s], values[s], values[w].result, s, written);
      if (s != w && values[s].result == values[w].result)
        written.stay(nests[s], nests[s].out_offset, {}, {}, {s, true, 0, to_text(nests[s], nests[s].out_offset)});
    }
  }
  std::vector<Nest> fused(nests.begin(), nests.end());
  for (Nest& nest : fused) block_rows(nest, rows, block);
  std::ranges::move(fused, nests.begin());
}

}  // namespace tenon::loop
