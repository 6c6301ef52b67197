// Slices, concatenations, padding and repetition.
#include "op/reduce/reduction.h"
#include "pass/rules/themes.h"

namespace tenon {

namespace {

/// Starts, stops and steps are numbers, and the steps count upwards.
bool is_plain(const Slice& s, const Shape& x) {
  if (!is_concrete(x) || !is_concrete(s.start) || !is_concrete(s.stop)) return false;
  for (std::size_t d = 0; d < x.size(); ++d)
    if (s.step_of(d) < 1 || s.step_of(d) > (i64(1) << 30)) return false;
  return true;
}

Value sliced(const Value& x, Slice s) { return detail::apply_to<Value>(std::move(s), {x}); }

/// The slice of a slice, both plain.
Slice composed(const Slice& outer, const Slice& inner, const Shape& result) {
  Slice s{{}, {}, {}};
  for (std::size_t d = 0; d < result.size(); ++d) {
    const i64 by = inner.step_of(d) * outer.step_of(d), count = result[d];
    const i64 start = count == 0 ? 0 : (inner.start[d] + outer.start[d] * inner.step_of(d)).value();
    s.start.push_back(start);
    s.stop.push_back(count == 0 ? i64(0) : start + (count - 1) * by + 1);
    s.step.push_back(count < 2 ? i64(1) : by);
  }
  return s;
}

bool is_whole(const Slice& s, const Shape& x) {
  for (std::size_t d = 0; d < x.size(); ++d)
    if (s.start[d] != Dim(0) || s.stop[d] != x[d] || s.step_of(d) != 1) return false;
  return true;
}

/// Which operand of the concatenation holds all that the slice takes along the axis, and where that operand begins.
struct Inside {
  Value piece;
  i64 begin = 0;
};
std::optional<Inside> piece_inside(const Slice& s, const Node& pieces, std::size_t axis, i64 count) {
  const i64 first = s.start[axis], last = first + (count - 1) * s.step_of(axis);
  i64 begin = 0;
  for (const Value& v : pieces.args()) {
    const i64 end = begin + v.shape()[axis];
    if (first >= begin && last < end) return Inside{v, begin};
    begin = end;
  }
  return {};
}

std::size_t axis_of(const Concatenate& c, const Value& root) { return at(normal_axis(c.axis, root.rank())); }

void add_slices(Theme& rules) {
  Var x;
  OpVar<Slice> s, inner;
  OpVar<Transpose> t;
  OpVar<Broadcast> b;
  OpVar<Concatenate> pieces;
  rules.exact("slice(x) of everything = x", s(x), [=](M m) { return is_whole(m[s], m[x].shape()); }, x);
  rules.exact(
      "slice(slice(x)) = slice(x)", s(inner(x)),
      [=](M m) { return is_plain(m[s], m.value(inner).shape()) && is_plain(m[inner], m[x].shape()); },
      [=](M m, B&) { return sliced(m[x], composed(m[s], m[inner], m.root().shape())); });
  rules.exact(
      "slice(transpose(x)) = transpose(slice(x))", s(t(x)), [=](M m) { return is_plain(m[s], m.root().shape()); },
      [=](M m, B&) {
        const Ints p = m[t].full_permutation(m[x].rank());
        Slice moved{Shape(p.size(), Dim(0)), Shape(p.size(), Dim(0)), Ints(p.size(), 1)};
        for (std::size_t d = 0; d < p.size(); ++d) {
          moved.start[at(p[d])] = m[s].start[d];
          moved.stop[at(p[d])] = m[s].stop[d];
          moved.step[at(p[d])] = m[s].step_of(d);
        }
        return detail::apply_to<Value>(Transpose{p}, {sliced(m[x], moved)});
      });
  rules.exact(
      "slice(broadcast(x)) = broadcast(slice(x))", s(b(x)),
      [=](M m) { return is_plain(m[s], m.value(b).shape()) && is_concrete(m[x].shape()); },
      [=](M m, B&) {
        const std::size_t missing = m.root().shape().size() - m[x].shape().size();
        Slice inside{{}, {}, {}};
        for (std::size_t d = 0; d < m[x].shape().size(); ++d) {
          const bool repeated = m[x].shape()[d] == 1;
          inside.start.push_back(repeated ? Dim(0) : m[s].start[d + missing]);
          inside.stop.push_back(repeated ? Dim(1) : m[s].stop[d + missing]);
          inside.step.push_back(repeated ? 1 : m[s].step_of(d + missing));
        }
        return detail::apply_to<Value>(Broadcast{m.root().shape()}, {sliced(m[x], inside)});
      });
  const auto inside = [=](M m) -> std::optional<Inside> {
    const Node& n = *m.value(pieces).node();
    const std::size_t axis = axis_of(m[pieces], m.root());
    if (!is_plain(m[s], n.types()[0].shape) || m.root().shape()[axis] == 0) return {};
    return piece_inside(m[s], n, axis, m.root().shape()[axis]);
  };
  rules.exact(
      "slice(concatenate(…)) of one operand = slice(operand)", s(pieces.of_any()),
      [=](M m) { return inside(m).has_value(); },
      [=](M m, B&) {
        const Inside found = *inside(m);
        const std::size_t axis = axis_of(m[pieces], m.root());
        Slice moved = m[s];
        moved.start[axis] = moved.start[axis] - found.begin;
        moved.stop[axis] = moved.start[axis] + (m.root().shape()[axis] - 1) * m[s].step_of(axis) + 1;
        return sliced(found.piece, moved);
      });
}

/// More operands are not made of one that is a concatenation: a few that each read the last twice stand for any number.
constexpr std::size_t kMostPieces = 256;

/// The operands with those that are concatenations along the same axis in their place taken apart, without empty ones.
SmallVector<Value, 3> flattened(const Node& n, std::size_t axis) {
  SmallVector<Value, 3> list;
  for (const Value& v : n.args()) {
    if (v.shape()[axis] == 0) continue;
    const Node& inner = *v.node();
    const Concatenate* c = inner.is_parameter() || inner.is_settled() ? nullptr : get_if<Concatenate>(inner.op());
    if (c == nullptr || axis_of(*c, v) != axis || list.size() + inner.args().size() > kMostPieces)
      list.push_back(v);
    else
      for (const Value& part : inner.args()) list.push_back(part);
  }
  if (list.empty()) list.push_back(n.args()[0]);
  return list;
}

const Slice* slice_in(const Value& v) {
  const Node& n = *v.node();
  return n.is_parameter() || n.is_settled() ? nullptr : get_if<Slice>(n.op());
}

/// Slices of one value that follow one another along the axis become one.
SmallVector<Value, 3> joined(std::span<const Value> list, std::size_t axis) {
  SmallVector<Value, 3> out;
  for (const Value& v : list) {
    const Slice* b = slice_in(v);
    const Slice* a = out.empty() ? nullptr : slice_in(out.back());
    bool follows = a && b && out.back().node()->args()[0] == v.node()->args()[0];
    for (std::size_t d = 0; follows && d < v.shape().size(); ++d) {
      follows = a->step_of(d) == 1 && b->step_of(d) == 1;
      follows =
          follows && (d == axis ? a->stop[d] == b->start[d] : a->start[d] == b->start[d] && a->stop[d] == b->stop[d]);
    }
    if (!follows) {
      out.push_back(v);
      continue;
    }
    Slice both = *a;
    both.stop[axis] = b->stop[axis];
    out.back() = sliced(v.node()->args()[0], both);
  }
  return out;
}

void add_concatenations(Theme& rules) {
  Var x;
  OpVar<Concatenate> pieces;
  const auto operands = [=](M m) { return m.value(pieces).node()->args(); };
  const auto known = [=](M m) {
    return std::ranges::all_of(operands(m), [](const Value& v) { return is_concrete(v.shape()); });
  };
  const auto concatenated = [=](M m, const SmallVector<Value, 3>& list) {
    return Value(Node::make(make_op(m[pieces]), list), 0);
  };
  rules.exact("concatenate(x) = x", pieces(x), x);
  rules.exact(
      "concatenate(…) of concatenations = concatenate(…)", pieces.of_any(),
      [=](M m) {
        return known(m) && !std::ranges::equal(flattened(*m.root().node(), axis_of(m[pieces], m.root())), operands(m));
      },
      [=](M m, B&) { return concatenated(m, flattened(*m.root().node(), axis_of(m[pieces], m.root()))); });
  rules.exact(
      "concatenate(…) of slices that follow one another = slice(x)", pieces.of_any(),
      [=](M m) { return known(m) && joined(operands(m), axis_of(m[pieces], m.root())).size() < operands(m).size(); },
      [=](M m, B&) { return concatenated(m, joined(operands(m), axis_of(m[pieces], m.root()))); });
}

bool all(const Ints& v, auto condition) { return std::ranges::all_of(v, condition); }

void add_repetition(Theme& rules) {
  Var x;
  OpVar<Pad> pad_, inner_pad;
  OpVar<Flip> flip_, inner_flip;
  OpVar<Tile> tile_, inner_tile;
  OpVar<Roll> roll_, inner_roll;
  const auto zero = [](i64 n) { return n == 0; };
  const auto at_least_0 = [](i64 n) { return n >= 0; };
  rules.exact(
      "pad(x) by nothing = x", pad_(x), [=](M m) { return all(m[pad_].low, zero) && all(m[pad_].high, zero); }, x);
  rules.exact(
      "pad(pad(x)) = pad(x) by both, with one number", pad_(inner_pad(x)),
      [=](M m) {
        const Pad &a = m[inner_pad], &b = m[pad_];
        const bool grows =
            all(a.low, at_least_0) && all(a.high, at_least_0) && all(b.low, at_least_0) && all(b.high, at_least_0);
        return grows && a.mode == "constant" && b.mode == "constant" && Number(a.value) == Number(b.value);
      },
      [=](M m, B&) {
        Pad both = m[pad_];
        for (std::size_t d = 0; d < both.low.size(); ++d)
          both.low[d] += m[inner_pad].low[d], both.high[d] += m[inner_pad].high[d];
        return detail::apply_to<Value>(both, {m[x]});
      });
  rules.exact(
      "pad(x) that only crops = slice(x)", pad_(x),
      [=](M m) {
        const auto crops = [](i64 n) { return n <= 0; };
        return is_concrete(m[x].shape()) && m[x].rank() > 0 && all(m[pad_].low, crops) && all(m[pad_].high, crops);
      },
      [=](M m, B&) {
        Slice s{{}, {}, {}};
        for (std::size_t d = 0; d < m[pad_].low.size(); ++d) {
          s.start.push_back(m.root().shape()[d] == 0 ? i64(0) : -m[pad_].low[d]);
          s.stop.push_back(s.start.back() + m.root().shape()[d]);
        }
        return sliced(m[x], s);
      });
  const auto flipped = [](M m, OpVar<Flip> f) { return reduced_axes("flip", m[f].axes, m.root().rank()); };
  rules.exact(
      "flip(flip(x)) along the same axes = x", flip_(inner_flip(x)),
      [=](M m) { return flipped(m, flip_) == flipped(m, inner_flip); }, x);
  rules.exact(
      "flip(x) along extents of 1 = x", flip_(x),
      [=](M m) {
        const Ints axes = flipped(m, flip_);
        return all(axes, [&](i64 a) { return m[x].shape()[at(a)] == 1; });
      },
      x);
  rules.exact(
      "tile(x) once = x", tile_(x), [=](M m) { return all(m[tile_].repeats, [](i64 n) { return n == 1; }); }, x);
  const auto few = [](i64 n) { return std::abs(n) < (i64(1) << 30); };  // so that sums and products fit
  rules.exact(
      "tile(tile(x)) = tile(x)", tile_(inner_tile(x)),
      [=](M m) { return all(m[tile_].repeats, few) && all(m[inner_tile].repeats, few); },
      [=](M m, B&) {
        Tile both = m[tile_];
        for (std::size_t d = 0; d < both.repeats.size(); ++d) both.repeats[d] *= m[inner_tile].repeats[d];
        return detail::apply_to<Value>(both, {m[x]});
      });
  rules.exact("roll(x) by nothing = x", roll_(x), [=](M m) { return all(m[roll_].shifts, zero); }, x);
  rules.exact(
      "roll(roll(x)) along the same axes = roll(x)", roll_(inner_roll(x)),
      [=](M m) {
        return m[roll_].axes == m[inner_roll].axes && all(m[roll_].shifts, few) && all(m[inner_roll].shifts, few);
      },
      [=](M m, B&) {
        Roll both = m[roll_];
        for (std::size_t k = 0; k < both.shifts.size(); ++k) both.shifts[k] += m[inner_roll].shifts[k];
        return detail::apply_to<Value>(both, {m[x]});
      });
}

}  // namespace

std::vector<AlgebraRule> piece_rules() {
  Theme rules("pieces");
  add_slices(rules);
  add_concatenations(rules);
  add_repetition(rules);
  return rules.take();
}

}  // namespace tenon
