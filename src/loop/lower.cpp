#include <algorithm>
#include <limits>

#include "loop/transform.h"

namespace tenon::loop {

namespace {

using expr::Cond;
using expr::Expr;
using expr::Kind;

/// Dimension d is read at an index by itself, and the digits of its coordinate are those of the index.
Digits digits_of(const Layout& layout, const Shape& shape, const Node& load) {
  Digits digits;
  const Ints extents = extents_of(layout, shape);
  Dim stride = 1;
  for (std::size_t k = layout.digits.size(); k-- > 0;) {
    const Layout::Digit& d = layout.digits[k];
    const expr::Coord& c = load.at[static_cast<std::size_t>(d.dimension)];
    expect(c.data == kNone && c.at.den == 1 && c.at.offset == 0 && c.at.terms.size() <= 1,
           "an operand that is not row-major is read at plain indices");
    const bool is_outermost =
        std::none_of(layout.digits.begin(), layout.digits.begin() + static_cast<std::ptrdiff_t>(k),
                     [&](const Layout::Digit& o) { return o.dimension == d.dimension; });
    const Dim limit = is_outermost ? Dim(std::numeric_limits<i64>::max()) : d.radix * extents[k];
    if (!c.at.terms.empty()) digits.push_back({c.at.terms[0].index, d.radix, limit, stride});
    stride *= extents[k];
  }
  return digits;
}

Access flat(const Expr& e, const Node& load, std::span<const Layout> layouts) {
  Access a{load.operand, Affine(0), {}, {}};
  const Shape& shape = e.in[static_cast<std::size_t>(load.operand)].shape;
  if (!layouts.empty() && !layouts[static_cast<std::size_t>(load.operand)].is_row_major()) {
    a.digits = digits_of(layouts[static_cast<std::size_t>(load.operand)], shape, load);
    return a;
  }
  Ints strides = contiguous_strides(shape);
  for (std::size_t d = 0; d < load.at.size(); ++d) {
    const expr::Coord& c = load.at[d];
    a.offset = a.offset + c.at * strides[d];
    if (c.data != kNone) a.data.push_back({c.data, c.at, strides[d], shape[d], static_cast<std::int32_t>(d)});
  }
  return a;
}

Affine row_major(const std::vector<Dim>& extent, IndexId first, IndexId last) {
  Affine r;
  for (IndexId i = first; i < last; ++i) r = r * extent[static_cast<std::size_t>(i)] + Affine::of(i);
  return r;
}

std::string index_name(IndexId i, std::int32_t parallel) {
  constexpr std::string_view outer = "ijlmnopq", inner = "krstuvwx";
  bool is_outer = i < parallel;
  auto k = static_cast<std::size_t>(is_outer ? i : i - parallel);
  std::string_view letters = is_outer ? outer : inner;
  return k < letters.size() ? std::string(1, letters[k]) : (is_outer ? "i" : "k") + std::to_string(k);
}

bool is_zero(const Node& n) { return n.kind == Kind::Const && n.value.as_double() == 0; }

/// Finds conditions that alone read a parallel index, and equate it with data.
class ScatterFinder {
 public:
  explicit ScatterFinder(const Nest& nest) : nest_(nest), body_(nest.node(nest.body)), uses_(dependences(nest)) {}

  std::optional<Scatter> run() {
    if (body_.kind != Kind::Guard || !is_zero(nest_.node(body_.args[1]))) return {};
    Scatter s;
    s.update = body_.args[0];
    for (std::size_t k = 0; k < body_.cond.size(); ++k) {
      const Cond& c = body_.cond[k];
      if (IndexId target = pinned(k); target != kNone)
        s.positions.push_back({target, c.e.at + Affine::of(target) - Affine(c.lo), c.e.data});
      else
        s.cond.push_back(c);
    }
    return s.positions.empty() ? std::nullopt : std::optional(s);
  }

 private:
  std::uint64_t uses(NodeId id) const { return id == kNone ? 0 : uses_[static_cast<std::size_t>(id)]; }

  /// The parallel index t with lo <= data + … - t < lo + 1.
  IndexId pinned(std::size_t k) const {
    const Cond& c = body_.cond[k];
    if (c.e.data == kNone || c.hi - c.lo != 1 || c.e.at.den != 1) return kNone;
    std::uint64_t others = uses(body_.args[0]) | uses(c.e.data);
    for (std::size_t o = 0; o < body_.cond.size(); ++o)
      if (o != k) others |= indices_of(body_.cond[o].e.at) | uses(body_.cond[o].e.data);
    for (const expr::Term& t : c.e.at.terms)
      if (nest_.is_parallel(t.index) && t.coef == -1 && !(others >> t.index & 1)) return t.index;
    return kNone;
  }

  const Nest& nest_;
  const Node& body_;
  std::vector<std::uint64_t> uses_;
};

// sum of [position(point) == t] * update, which post leaves as it is.
void recognise_scatter(Nest& nest) {
  if (nest.reducer != expr::Reducer::Sum || nest.node(nest.post).kind != Kind::Acc || nest.out != nest.accumulate)
    return;
  nest.scatter = ScatterFinder(nest).run();
  if (nest.scatter) std::erase_if(nest.loops, [&](const Loop& l) { return nest.scatter->aims_at(l.index); });
}

/// Some node that is no result of moving alone reads elements of type t.
bool computes_with(const Nest& nest, DType t) {
  const auto is = [&](NodeId id) { return id != kNone && nest.node(id).dtype == t; };
  for (const Node& n : nest.nodes) {
    const bool moves = n.kind == Kind::Load || n.kind == Kind::Const || n.kind == Kind::Acc || n.kind == Kind::Guard ||
                       (n.kind == Kind::Select && !is(n.args[0]));
    if (n.dtype == t ? !moves : std::ranges::any_of(n.args, is)) return true;
    if (std::ranges::any_of(n.cond, [&](const Cond& c) { return is(c.e.data); })) return true;
  }
  return std::ranges::any_of(nest.accesses, [&](const Access& a) {
    return std::ranges::any_of(a.data, [&](const DataTerm& d) { return is(d.value); });
  });
}

/// Floats of 8 bits that are only moved are moved as bytes, which nothing converts.
void move_bytes(Nest& nest) {
  const DType t = nest.out;
  if (!is_float8(t) || nest.reduces() || computes_with(nest, t)) return;
  for (Node& n : nest.nodes) {
    if (n.dtype != t) continue;
    n.dtype = DType::I8;
    if (n.kind != Kind::Const) continue;
    std::int8_t code = 0;
    store_number(t, &code, 0, n.value);
    n.value = Number::of_int(code);
  }
  for (Type& in : nest.in)
    if (in.dtype == t) in.dtype = DType::I8;
  nest.out = nest.accumulate = DType::I8;
}

}  // namespace

Nest lower(const Expr& e, std::span<const Layout> layouts) {
  Nest nest;
  nest.in = e.in;
  nest.out = e.type().dtype;
  nest.extent.assign(e.domain.extent.begin(), e.domain.extent.end());
  nest.parallel = e.domain.parallel;
  require(nest.extent.size() <= 64, "an expression of {} indices; 64 are possible", nest.extent.size());
  nest.nodes = e.nodes;
  nest.body = e.body;
  nest.post = e.post;
  nest.reducer = e.reducer;
  nest.accumulate = e.accumulate;
  for (Node& n : nest.nodes) {
    if (n.kind != Kind::Load) continue;
    nest.accesses.push_back(flat(e, n, layouts));
    n.operand = static_cast<std::int32_t>(nest.accesses.size() - 1);
    n.at.clear();
  }
  nest.out_offset = row_major(nest.extent, 0, nest.parallel);
  nest.position = row_major(nest.extent, nest.parallel, nest.indices());
  for (IndexId i = 0; i < nest.indices(); ++i) {
    nest.names.push_back(index_name(i, nest.parallel));
    nest.loops.push_back({nest.names.back(), i, nest.extent[static_cast<std::size_t>(i)], 1, LoopKind::Serial});
  }
  move_bytes(nest);
  if (nest.points() > 0) recognise_scatter(nest);
  return nest;
}

}  // namespace tenon::loop
