#include "expr/evaluate.h"

#include <cmath>
#include <numeric>

#include "base/rng.h"

namespace tenon::expr {

namespace {

i64 wrap(std::uint64_t x) { return static_cast<i64>(x); }
std::uint64_t bits(i64 x) { return static_cast<std::uint64_t>(x); }

i64 floor_div(i64 a, i64 b) {
  if (b == 0) return 0;
  if (b == -1) return wrap(0 - bits(a));
  return a / b - ((a % b != 0) && ((a < 0) != (b < 0)));
}

i64 floor_mod(i64 a, i64 b) {
  if (b == 0 || b == -1) return 0;
  i64 r = a % b;
  return r != 0 && ((r < 0) != (b < 0)) ? r + b : r;
}

std::uint64_t unsigned_pow(std::uint64_t base, std::uint64_t exponent) {
  std::uint64_t r = 1;
  for (; exponent > 0; exponent >>= 1, base *= base)
    if (exponent & 1) r *= base;
  return r;
}

i64 integer_pow(i64 base, i64 exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  return wrap(unsigned_pow(bits(base), bits(exponent)));
}

double float_mod(double a, double b) {
  double r = std::fmod(a, b);
  if (r == 0) return std::copysign(0.0, b);
  return (r < 0) != (b < 0) ? r + b : r;
}

/// Counts below 0 or from 64 on move all bits out; the caller rounds to narrower types.
i64 shift_left(i64 x, i64 count) { return bits(count) < 64 ? wrap(bits(x) << count) : 0; }
i64 shift_right(i64 x, i64 count) { return x >> (bits(count) < 64 ? count : 63); }

double real_unary(Fn fn, double x) {
  switch (fn) {
    case Fn::Neg: return -x;
    case Fn::Abs: return std::fabs(x);
    case Fn::Sign: return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x;
    case Fn::Floor: return std::floor(x);
    case Fn::Ceil: return std::ceil(x);
    case Fn::Round: return std::nearbyint(x);
    case Fn::Exp: return std::exp(x);
    case Fn::Log: return std::log(x);
    case Fn::Log1p: return std::log1p(x);
    case Fn::Expm1: return std::expm1(x);
    case Fn::Sqrt: return std::sqrt(x);
    case Fn::Rsqrt: return 1 / std::sqrt(x);
    case Fn::Sin: return std::sin(x);
    case Fn::Cos: return std::cos(x);
    case Fn::Tanh: return std::tanh(x);
    case Fn::Erf: return std::erf(x);
    case Fn::Sigmoid: return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
    case Fn::Not: return x == 0;
    default: throw InternalError("no function of one real argument");
  }
}

i64 integer_unary(Fn fn, i64 x, DType t) {
  switch (fn) {
    case Fn::Neg: return wrap(0 - bits(x));
    case Fn::Abs: return x < 0 ? wrap(0 - bits(x)) : x;
    case Fn::Sign: return (x > 0) - (x < 0);
    case Fn::Floor:
    case Fn::Ceil:
    case Fn::Round: return x;
    case Fn::Not: return t == DType::Bool ? x == 0 : ~x;
    default: fail("{}: defined for floats, given {}; cast first", name_of(fn), t);
  }
}

double real_binary(Fn fn, double a, double b) {
  switch (fn) {
    case Fn::Add: return a + b;
    case Fn::Sub: return a - b;
    case Fn::Mul: return a * b;
    case Fn::Div: return a / b;
    case Fn::Pow: return std::pow(a, b);
    case Fn::Mod: return float_mod(a, b);
    case Fn::Atan2: return std::atan2(a, b);
    case Fn::Max: return std::isnan(a) || a >= b ? a : b;
    case Fn::Min: return std::isnan(a) || a <= b ? a : b;
    default: fail("{}: not defined for floats", name_of(fn));
  }
}

i64 integer_binary(Fn fn, i64 a, i64 b) {
  switch (fn) {
    case Fn::Add: return wrap(bits(a) + bits(b));
    case Fn::Sub: return wrap(bits(a) - bits(b));
    case Fn::Mul: return wrap(bits(a) * bits(b));
    case Fn::Div: return floor_div(a, b);
    case Fn::Pow: return integer_pow(a, b);
    case Fn::Mod: return floor_mod(a, b);
    case Fn::Max: return std::max(a, b);
    case Fn::Min: return std::min(a, b);
    case Fn::And: return a & b;
    case Fn::Or: return a | b;
    case Fn::Xor: return a ^ b;
    case Fn::ShiftLeft: return shift_left(a, b);
    case Fn::ShiftRight: return shift_right(a, b);
    case Fn::Atan2: fail("atan2: defined for floats; cast first");
    default: throw InternalError("no function of two integers");
  }
}

/// Of u64; narrower unsigned integers are computed with as i64, which holds them.
std::uint64_t unsigned_unary(Fn fn, std::uint64_t x) {
  if (fn == Fn::Abs) return x;
  return fn == Fn::Sign ? x != 0 : bits(integer_unary(fn, wrap(x), DType::U64));
}

std::uint64_t unsigned_binary(Fn fn, std::uint64_t a, std::uint64_t b) {
  switch (fn) {
    case Fn::Div: return b == 0 ? 0 : a / b;
    case Fn::Mod: return b == 0 ? 0 : a % b;
    case Fn::Pow: return unsigned_pow(a, b);
    case Fn::Max: return std::max(a, b);
    case Fn::Min: return std::min(a, b);
    case Fn::ShiftRight: return b < 64 ? a >> b : 0;
    default: return bits(integer_binary(fn, wrap(a), wrap(b)));  // the same bits whatever the sign
  }
}

template <class T>
bool compare(Fn fn, T a, T b) {
  switch (fn) {
    case Fn::Eq: return a == b;
    case Fn::Ne: return a != b;
    case Fn::Lt: return a < b;
    case Fn::Le: return a <= b;
    case Fn::Gt: return a > b;
    default: return a >= b;
  }
}

Number random_word(std::span<const Number> a) {
  auto word = [](i64 x) { return static_cast<std::uint32_t>(bits(x)); };
  std::uint64_t counter = bits(a[2].i);
  auto pair = threefry2x32(word(a[0].i), word(a[1].i), static_cast<std::uint32_t>(counter),
                           static_cast<std::uint32_t>(counter >> 32));
  return Number::of_int(static_cast<std::int32_t>(pair[0]));
}

}  // namespace

Number apply_fn(Fn fn, DType t, std::span<const Number> a) {
  if (fn == Fn::RandomBits) return random_word(a);
  if (is_comparison(fn))
    return Number::of_int(is_float(t)       ? compare(fn, a[0].as_double(), a[1].as_double())
                          : t == DType::U64 ? compare(fn, a[0].bits(), a[1].bits())
                                            : compare(fn, a[0].i, a[1].i));
  if (is_float(t))
    return a.size() == 1 ? real_unary(fn, a[0].as_double()) : real_binary(fn, a[0].as_double(), a[1].as_double());
  if (t == DType::U64)
    return Number::of_uint(a.size() == 1 ? unsigned_unary(fn, a[0].bits())
                                         : unsigned_binary(fn, a[0].bits(), a[1].bits()));
  return Number::of_int(a.size() == 1 ? integer_unary(fn, a[0].i, t) : integer_binary(fn, a[0].i, a[1].i));
}

namespace {

/// Evaluates nodes at one point of the domain; shared nodes once per point.
class Point {
 public:
  Point(const Expr& e, std::span<const Array> in)
      : e_(e), in_(in), at(e.domain.extent.size(), 0), value_(e.nodes.size()), stamp_(e.nodes.size(), 0) {}

  void moved() { ++now_; }
  Number acc;
  const Expr& e_;
  std::span<const Array> in_;
  std::vector<i64> at;

  Number operator()(NodeId id) {
    auto k = static_cast<std::size_t>(id);
    if (stamp_[k] != now_) {
      Number v = compute(e_.nodes[k]);
      value_[k] = v;
      stamp_[k] = now_;
    }
    return value_[k];
  }

  /// False where the form is not an integer.
  bool coordinate(const Coord& c, i64& x) {
    x = c.at.offset;
    for (const Term& t : c.at.terms) x += t.coef.value() * at[static_cast<std::size_t>(t.index)];
    if (x % c.at.den != 0) return false;
    x /= c.at.den;
    if (c.data != kNone) {
      i64 data = (*this)(c.data).as_int();
      if (__builtin_add_overflow(x, data, &x)) x = data;  // as far outside
    }
    return true;
  }

  bool holds(const Cond& c) {
    i64 x;
    return coordinate(c.e, x) && x >= c.lo && x < c.hi;
  }

  /// Of dimension d of the access `n`, which is outside at x.
  BadIndex bad_index(const Node& n, std::size_t d, i64 x) {
    BadIndex bad{.index = x, .target = place_of(n), .dimension = d, .high = e_.in[operand_of(n)].shape[d]};
    std::vector<char> seen(e_.nodes.size(), 0);
    add_sources(n.at[d].data, seen, bad.sources);
    return bad;
  }

 private:
  static std::size_t operand_of(const Node& n) { return static_cast<std::size_t>(n.operand); }
  BadIndex::Place place_of(const Node& n) const { return {operand_of(n), {}, e_.in[operand_of(n)]}; }

  /// The elements that a value at this point is made of.
  void add_sources(NodeId id, std::vector<char>& seen, std::vector<BadIndex::Source>& sources) {
    if (std::exchange(seen[static_cast<std::size_t>(id)], 1)) return;
    const Node& n = e_.node(id);
    if (n.kind == Kind::Load) {
      BadIndex::Source source{place_of(n), {}, (*this)(id)};
      for (const Coord& c : n.at) coordinate(c, source.position.emplace_back());
      const auto same = [&](const BadIndex::Source& s) {
        return s.place.operand == source.place.operand && s.position == source.position;
      };
      if (std::ranges::none_of(sources, same)) sources.push_back(std::move(source));
    } else if (n.kind == Kind::Select) {
      add_sources(n.args[(*this)(n.args[0]).truth() ? 1 : 2], seen, sources);
    } else if (n.kind == Kind::Guard) {
      const bool all = std::ranges::all_of(n.cond, [&](const Cond& c) { return holds(c); });
      add_sources(n.args[all ? 0 : 1], seen, sources);
    } else {
      for (NodeId a : n.args) add_sources(a, seen, sources);
    }
  }

  Number load(const Node& n) {
    const Array& a = in_[static_cast<std::size_t>(n.operand)];
    i64 position = 0;
    for (std::size_t d = 0; d < n.at.size(); ++d) {
      i64 x, extent = a.shape()[d];
      bool integer = coordinate(n.at[d], x);
      if (!integer || x < 0 || x >= extent) {
        if (n.at[d].data == kNone) throw InternalError("an access outside of operand " + std::to_string(n.operand));
        throw IndexError("formula", bad_index(n, d, x));
      }
      position = position * extent + x;
    }
    return a.at(position);
  }

  Number compute(const Node& n) {
    switch (n.kind) {
      case Kind::Const: return n.value;
      case Kind::Acc: return acc;
      case Kind::Load: return load(n);
      case Kind::Value: {
        i64 x;
        expect(coordinate(n.at[0], x), "the value of a form that is no integer");
        return Number::of_int(x);
      }
      case Kind::Guard:
        for (const Cond& c : n.cond)
          if (!holds(c)) return (*this)(n.args[1]);
        return (*this)(n.args[0]);
      case Kind::Select: return (*this)(n.args[(*this)(n.args[0]).truth() ? 1 : 2]);
      case Kind::Cast: return (*this)(n.args[0]).rounded_to(n.dtype);
      case Kind::Apply: {
        Number args[3];
        for (std::size_t k = 0; k < n.args.size(); ++k) args[k] = (*this)(n.args[k]);
        return apply_fn(n.fn, e_.node(n.args[0]).dtype, {args, n.args.size()}).rounded_to(n.dtype);
      }
      case Kind::Reduce: break;
    }
    throw InternalError("a reduction inside a closed expression");
  }

  std::vector<Number> value_;
  std::vector<std::uint64_t> stamp_;
  std::uint64_t now_ = 1;
};

/// Looks for indices that are out of range: visits every point where one is read, but evaluates nothing else.
class IndexSearch {
 public:
  explicit IndexSearch(const Expr& e)
      : e_(e),
        reads_(e.nodes.size(), 0),
        followed_(reads_),
        noted_(reads_),
        verdicts_(e.nodes.size()),
        operands_(e.in.size(), 0),
        indices_(e.domain.extent.size(), 0) {
    for (std::size_t k = 0; k < e.nodes.size(); ++k) reads_[k] = reads_index(e.nodes[k]);
    if (reads(e.body)) follow(e.body);
    if (reads(e.post)) follow(e.post);
    if (!needs_acc_) return;
    std::ranges::fill(operands_, 1);
    std::ranges::fill(indices_, 1);
  }

  bool any() const { return reads(e_.body) || reads(e_.post); }
  const std::vector<char>& operands() const { return operands_; }

  std::optional<BadIndex> run(std::span<const Array> in) {
    best_.reset();
    Point p(e_, in);
    point_ = &p;
    if (reads(e_.body)) for_each_point(e_.domain.indices(), [&] { visit(e_.body); });
    // What the reduced value says cannot be known where the body is wrong already.
    if (reads(e_.post) && !(needs_acc_ && best_)) for_each_point(e_.domain.parallel, [&] { visit_post(); });
    return best_;
  }

 private:
  bool reads(NodeId id) const { return id != kNone && reads_[static_cast<std::size_t>(id)]; }

  bool reads_index(const Node& n) const {
    auto coord_reads = [&](const Coord& c) { return reads(c.data); };
    return (n.kind == Kind::Load && std::ranges::any_of(n.at, [](const Coord& c) { return c.data != kNone; })) ||
           std::ranges::any_of(n.args, [&](NodeId a) { return reads(a); }) || std::ranges::any_of(n.at, coord_reads) ||
           std::ranges::any_of(n.cond, [&](const Cond& c) { return coord_reads(c.e); });
  }

  /// Notes what decides whether and where indices are read under a node that reads some.
  void follow(NodeId id) {
    if (!reads(id) || std::exchange(followed_[static_cast<std::size_t>(id)], 1)) return;
    const Node& n = e_.node(id);
    for (const Coord& c : n.at) follow(c.data);
    for (const Cond& c : n.cond) follow(c.e.data);
    for (NodeId a : n.args) follow(a);
    for (const Coord& c : n.at) note(c);
    for (const Cond& c : n.cond) note(c.e);
    if (n.kind == Kind::Select) note(n.args[0]);
  }
  void note(const Coord& c) {
    for (const Term& t : c.at.terms) indices_[static_cast<std::size_t>(t.index)] = 1;
    note(c.data);
  }
  void note(NodeId id) {
    if (id == kNone || std::exchange(noted_[static_cast<std::size_t>(id)], 1)) return;
    const Node& n = e_.node(id);
    needs_acc_ |= n.kind == Kind::Acc;
    if (n.kind == Kind::Load) operands_[static_cast<std::size_t>(n.operand)] = 1;
    for (const Coord& c : n.at) note(c);
    for (const Cond& c : n.cond) note(c.e);
    for (NodeId a : n.args) note(a);
  }

  /// Row-major over the first `count` indices; those that make no difference stay 0.
  template <class Visit>
  void for_each_point(std::int32_t count, const Visit& at_point) {
    const auto n = static_cast<std::size_t>(count);
    for (std::size_t i = 0; i < n; ++i)
      if (e_.domain.extent[i] == 0) return;
    auto& at = point_->at;
    std::ranges::fill(at, 0);
    while (true) {
      at_point();
      point_->moved();
      ++now_;
      std::size_t i = n;
      while (i-- > 0) {
        if (indices_[i] && ++at[i] < e_.domain.extent[i]) break;
        at[i] = 0;
      }
      if (i >= n) return;
    }
  }

  void visit_post();

  /// False where an index under the node is out of range, so that it has no value.
  bool visit(NodeId id) {
    if (!reads(id)) return true;
    Verdict& v = verdicts_[static_cast<std::size_t>(id)];
    if (v.when != now_) v = {now_, visit_node(id)};
    return v.fine;
  }

  bool visit_node(NodeId id) {
    const Node& n = e_.node(id);
    if (n.kind == Kind::Load) return visit_load(id, n);
    if (n.kind == Kind::Select) return visit(n.args[0]) && visit(n.args[(*point_)(n.args[0]).truth() ? 1 : 2]);
    if (n.kind == Kind::Guard) {
      for (const Cond& c : n.cond) {
        if (!visit(c.e.data)) return false;
        if (!point_->holds(c)) return visit(n.args[1]);
      }
      return visit(n.args[0]);
    }
    bool fine = true;
    for (NodeId a : n.args) fine &= visit(a);
    return fine;
  }

  bool visit_load(NodeId id, const Node& n) {
    bool fine = true;
    for (std::size_t d = 0; d < n.at.size(); ++d) {
      if (n.at[d].data == kNone) continue;
      if (!visit(n.at[d].data)) {
        fine = false;
        continue;
      }
      i64 x;
      const Dim extent = e_.in[static_cast<std::size_t>(n.operand)].shape[d];
      if (point_->coordinate(n.at[d], x) && x >= 0 && x < extent) continue;
      fine = false;
      consider(id, d, x);
    }
    return fine;
  }

  void consider(NodeId id, std::size_t d, i64 x) {
    BadIndex bad = point_->bad_index(e_.node(id), d, x);
    auto before = [](const BadIndex& a, const BadIndex& b) {
      if (a.sources.empty() || b.sources.empty()) return false;
      return std::ranges::lexicographical_compare(a.sources[0].position, b.sources[0].position);
    };
    if (best_ && (id > best_load_ || (id == best_load_ && !before(bad, *best_)))) return;
    best_ = std::move(bad);
    best_load_ = id;
  }

  struct Verdict {
    std::uint64_t when = 0;  ///< number of the point
    bool fine = true;
  };
  const Expr& e_;
  std::vector<char> reads_, followed_, noted_;  ///< by node
  std::vector<Verdict> verdicts_;
  std::uint64_t now_ = 1;
  std::vector<char> operands_, indices_;  ///< that make a difference
  bool needs_acc_ = false;
  Point* point_ = nullptr;
  std::optional<BadIndex> best_;
  NodeId best_load_ = kNone;
};

/// Steps the indices [first, last) row-major; false after the last point.
bool step(Point& p, std::size_t first, std::size_t last) {
  for (std::size_t i = last; i-- > first;) {
    if (++p.at[i] < p.e_.domain.extent[i]) return true;
    p.at[i] = 0;
  }
  return false;
}

bool more_extreme(Reducer r, Number candidate, Number best, DType t) {
  if (is_float(t) && std::isnan(best.as_double())) return false;
  if (is_float(t) && std::isnan(candidate.as_double())) return true;
  Fn fn = r == Reducer::ArgMax ? Fn::Gt : Fn::Lt;
  Number pair[2] = {candidate, best};
  return apply_fn(fn, t, pair).truth();
}

Number reduced(Point& p) {
  const Expr& e = p.e_;
  std::size_t first = static_cast<std::size_t>(e.domain.parallel), last = e.domain.extent.size();
  if (e.reducer == Reducer::None) return p(e.body);
  bool position = e.reducer == Reducer::ArgMax || e.reducer == Reducer::ArgMin;
  Number acc = identity_of(e.reducer, e.accumulate);
  i64 count = 1, best = 0;
  for (std::size_t i = first; i < last; ++i) count *= e.domain.extent[i];
  for (i64 k = 0; k < count; ++k, step(p, first, last), p.moved()) {
    Number b = p(e.body);
    if (position) {
      if (k == 0 || more_extreme(e.reducer, b, acc, e.accumulate)) acc = b, best = k;
      continue;
    }
    Fn fn = e.reducer == Reducer::Sum    ? Fn::Add
            : e.reducer == Reducer::Prod ? Fn::Mul
            : e.reducer == Reducer::Max  ? Fn::Max
                                         : Fn::Min;
    Number pair[2] = {acc, b};
    acc = apply_fn(fn, e.accumulate, pair).rounded_to(e.accumulate);
  }
  return position ? Number::of_int(best) : acc;
}

void IndexSearch::visit_post() {
  if (needs_acc_) {
    const auto at = point_->at;
    point_->acc = reduced(*point_);
    point_->at = at;
    point_->moved();
  }
  visit(e_.post);
}

void check_inputs(const Expr& e, std::span<const Array> in) {
  require(in.size() == e.in.size(), "the expression has {} operands, given {}", e.in.size(), in.size());
  for (std::size_t k = 0; k < in.size(); ++k)
    require(in[k].type() == e.in[k], "operand {} is {}, expected {}", k, in[k].type(), e.in[k]);
}

}  // namespace

Array evaluate(const Expr& e, std::span<const Array> in) {
  check_inputs(e, in);
  Array out(e.type());
  Point p(e, in);
  for (i64 position = 0; position < out.count(); ++position) {
    p.acc = reduced(p);
    p.moved();
    out.set(position, p(e.post));
    step(p, 0, static_cast<std::size_t>(e.domain.parallel));
    p.moved();
  }
  return out;
}

std::vector<char> operands_of_indices(const Expr& e) {
  const IndexSearch search(e);
  return search.any() ? search.operands() : std::vector<char>();
}

std::optional<BadIndex> find_bad_index(const Expr& e, std::span<const Array> in) { return IndexSearch(e).run(in); }

}  // namespace tenon::expr
