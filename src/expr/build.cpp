#include "expr/build.h"

#include "expr/evaluate.h"

namespace tenon::expr {

std::shared_ptr<Pool> current_pool() {
  thread_local std::weak_ptr<Pool> current;
  auto pool = current.lock();
  if (!pool) current = pool = std::make_shared<Pool>();
  return pool;
}

Index::Index(std::string name, Dim extent)
    : pool_(current_pool()), id_(pool_->fresh(std::move(name), extent)), extent_(extent) {}

DType Scalar::dtype() const {
  require(!is_literal(), "the number {} has no element type here; combine it with an operand or use typed()", literal_);
  return (*pool_)[id_].dtype;
}

Scalar Scalar::typed(DType t) const {
  if (!is_literal()) return *this;
  auto pool = current_pool();
  if (is_float(t)) return {pool, pool->constant(literal_, t)};
  const Number whole = Number(literal_).rounded_to(t == DType::U64 && literal_ > 0 ? t : DType::I64);
  require(whole.as_double() == literal_, "the number {} is no value of type {}", literal_, t);
  return {pool, pool->constant(whole, t)};
}

namespace {

/// Gives literals the dtype of the other side.
std::pair<Scalar, Scalar> matched(const Scalar& a, const Scalar& b) {
  if (a.is_literal() && b.is_literal()) return {a.typed(DType::F64), b.typed(DType::F64)};
  DType t = a.is_literal() ? b.dtype() : a.dtype();
  return {a.typed(t), b.typed(t)};
}

Scalar fold_literals(Fn fn, std::initializer_list<double> args) {
  SmallVector<Number, 3> numbers;
  for (double a : args) numbers.push_back(Number(a));
  return Scalar(apply_fn(fn, DType::F64, {numbers.data(), numbers.size()}).as_double());
}

}  // namespace

Scalar apply(Fn fn, const Scalar& a) {
  if (a.is_literal()) return fold_literals(fn, {a.literal()});
  return {a.pool(), a.pool()->apply(fn, {a.id()})};
}

Scalar apply(Fn fn, const Scalar& a, const Scalar& b) {
  if (a.is_literal() && b.is_literal() && !is_comparison(fn)) return fold_literals(fn, {a.literal(), b.literal()});
  auto [x, y] = matched(a, b);
  require(x.dtype() == y.dtype(), "{}: the arguments have types {} and {}; cast one of them", name_of(fn), x.dtype(),
          y.dtype());
  return {x.pool(), x.pool()->apply(fn, {x.id(), y.id()})};
}

Scalar operator+(const Scalar& a, const Scalar& b) { return apply(Fn::Add, a, b); }
Scalar operator-(const Scalar& a, const Scalar& b) { return apply(Fn::Sub, a, b); }
Scalar operator*(const Scalar& a, const Scalar& b) { return apply(Fn::Mul, a, b); }
Scalar operator/(const Scalar& a, const Scalar& b) { return apply(Fn::Div, a, b); }
Scalar operator-(const Scalar& a) { return apply(Fn::Neg, a); }
Scalar operator<(const Scalar& a, const Scalar& b) { return apply(Fn::Lt, a, b); }
Scalar operator<=(const Scalar& a, const Scalar& b) { return apply(Fn::Le, a, b); }
Scalar operator>(const Scalar& a, const Scalar& b) { return apply(Fn::Gt, a, b); }
Scalar operator>=(const Scalar& a, const Scalar& b) { return apply(Fn::Ge, a, b); }
Scalar operator==(const Scalar& a, const Scalar& b) { return apply(Fn::Eq, a, b); }
Scalar operator!=(const Scalar& a, const Scalar& b) { return apply(Fn::Ne, a, b); }
Scalar operator&&(const Scalar& a, const Scalar& b) { return apply(Fn::And, a, b); }
Scalar operator||(const Scalar& a, const Scalar& b) { return apply(Fn::Or, a, b); }
Scalar operator!(const Scalar& a) { return apply(Fn::Not, a); }
Scalar exp(const Scalar& a) { return apply(Fn::Exp, a); }
Scalar log(const Scalar& a) { return apply(Fn::Log, a); }
Scalar log1p(const Scalar& a) { return apply(Fn::Log1p, a); }
Scalar expm1(const Scalar& a) { return apply(Fn::Expm1, a); }
Scalar sqrt(const Scalar& a) { return apply(Fn::Sqrt, a); }
Scalar rsqrt(const Scalar& a) { return apply(Fn::Rsqrt, a); }
Scalar sin(const Scalar& a) { return apply(Fn::Sin, a); }
Scalar cos(const Scalar& a) { return apply(Fn::Cos, a); }
Scalar tanh(const Scalar& a) { return apply(Fn::Tanh, a); }
Scalar erf(const Scalar& a) { return apply(Fn::Erf, a); }
Scalar sigmoid(const Scalar& a) { return apply(Fn::Sigmoid, a); }
Scalar abs(const Scalar& a) { return apply(Fn::Abs, a); }
Scalar sign(const Scalar& a) { return apply(Fn::Sign, a); }
Scalar floor(const Scalar& a) { return apply(Fn::Floor, a); }
Scalar ceil(const Scalar& a) { return apply(Fn::Ceil, a); }
Scalar round(const Scalar& a) { return apply(Fn::Round, a); }
Scalar pow(const Scalar& a, const Scalar& b) { return apply(Fn::Pow, a, b); }
Scalar mod(const Scalar& a, const Scalar& b) { return apply(Fn::Mod, a, b); }
Scalar atan2(const Scalar& y, const Scalar& x) { return apply(Fn::Atan2, y, x); }
Scalar max(const Scalar& a, const Scalar& b) { return apply(Fn::Max, a, b); }
Scalar min(const Scalar& a, const Scalar& b) { return apply(Fn::Min, a, b); }
Scalar bit_and(const Scalar& a, const Scalar& b) { return apply(Fn::And, a, b); }
Scalar bit_or(const Scalar& a, const Scalar& b) { return apply(Fn::Or, a, b); }
Scalar bit_xor(const Scalar& a, const Scalar& b) { return apply(Fn::Xor, a, b); }
Scalar shift_left(const Scalar& a, const Scalar& count) { return apply(Fn::ShiftLeft, a, count); }
Scalar shift_right(const Scalar& a, const Scalar& count) { return apply(Fn::ShiftRight, a, count); }

Scalar random_bits(const Scalar& key0, const Scalar& key1, const Scalar& counter) {
  Scalar a = key0.typed(DType::I32), b = key1.typed(DType::I32), c = counter.typed(DType::I64);
  require(a.dtype() == DType::I32 && b.dtype() == DType::I32 && c.dtype() == DType::I64,
          "random_bits: expected key words i32 and a counter i64, got {}, {} and {}", a.dtype(), b.dtype(), c.dtype());
  return {c.pool(), c.pool()->apply(Fn::RandomBits, {a.id(), b.id(), c.id()})};
}

Scalar cast(DType t, const Scalar& a) {
  if (a.is_literal()) {
    auto pool = current_pool();
    return {pool, pool->constant(Number(a.literal()), t)};
  }
  return {a.pool(), a.pool()->cast(t, a.id())};
}

Scalar value(const Affine& i) {
  auto pool = current_pool();
  return {pool, pool->value(i)};
}

Scalar where(const Scalar& condition, const Scalar& yes, const Scalar& no) {
  auto [a, b] = matched(yes, no);
  Scalar c = condition.typed(DType::Bool);
  return {c.pool(), c.pool()->select(c.id(), a.id(), b.id())};
}

namespace {
Where bounds(const Affine& e, Dim lo, Dim hi) { return {nullptr, {Cond{{e, kNone}, lo, hi}}}; }
}  // namespace

Where operator<(const Affine& a, const Affine& b) { return bounds(a - b, -kInf, 0); }
Where operator<=(const Affine& a, const Affine& b) { return bounds(a - b, -kInf, 1); }
Where operator>(const Affine& a, const Affine& b) { return b < a; }
Where operator>=(const Affine& a, const Affine& b) { return b <= a; }
Where equals(const Affine& a, const Affine& b) { return bounds(a - b, 0, 1); }

Where equals(const Scalar& data, const Affine& index) {
  require(is_position(data.dtype()), "equals: an index is compared with {}, expected an integer type that i64 holds",
          data.dtype());
  return {data.pool(), {Cond{{-index, data.id()}, 0, 1}}};
}

Where operator&&(Where a, const Where& b) {
  if (!a.pool) a.pool = b.pool;
  for (const Cond& c : b.conds) a.conds.push_back(c);
  return a;
}

Scalar where(const Where& condition, const Scalar& yes, const Scalar& no) {
  auto [a, b] = matched(yes, no);
  return {a.pool(), a.pool()->guard(condition.conds, a.id(), b.id())};
}

Input::Input(std::int32_t number, Type type) : pool_(current_pool()), number_(number), type_(std::move(type)) {}

namespace {
SmallVector<Coord, 3> coords(const std::vector<At>& at) {
  SmallVector<Coord, 3> r;
  for (const At& a : at) {
    if (a.has_data)
      require(is_position(a.data.dtype()), "an index is read from {} data; expected an integer type that i64 holds",
              a.data.dtype());
    r.push_back({a.affine, a.has_data ? a.data.id() : kNone});
  }
  return r;
}
}  // namespace

Scalar Input::operator()(const std::vector<At>& at) const {
  require(at.size() == type_.shape.size(), "operand {} has rank {}, given {} indices", number_, type_.shape.size(),
          at.size());
  return {pool_, pool_->load(number_, type_.dtype, coords(at))};
}

Scalar Input::Filled::operator()(const std::vector<At>& at) const {
  Scalar inside = x_(at);
  Conds conds;
  auto where_inside = coords(at);
  for (std::size_t d = 0; d < where_inside.size(); ++d) conds.push_back({where_inside[d], 0, x_.type_.shape[d]});
  Pool& pool = *x_.pool_;
  double fill = fill_;
  if (!has_infinity(x_.dtype())) fill = std::max(lowest_of(x_.dtype()), std::min(highest_of(x_.dtype()), fill));
  NodeId no = pool.constant(is_float(x_.dtype()) ? Number(fill) : Number(fill).rounded_to(x_.dtype()), x_.dtype());
  return {x_.pool_, pool.guard(conds, inside.id(), no)};
}

Scalar reduce(Reducer r, const std::vector<Index>& over, const Scalar& body) {
  DType t = body.dtype();
  bool sums = r == Reducer::Sum || r == Reducer::Prod;
  return reduce(r, over, body, sums ? accumulate_type(t) : t);
}

Scalar reduce(Reducer r, const std::vector<Index>& over, const Scalar& body, DType accumulate) {
  Pool::Reduction reduction{r, {}, accumulate};
  for (const Index& i : over) reduction.over.push_back(i.id());
  Scalar typed = body.typed(accumulate);
  return {typed.pool(), typed.pool()->reduce(std::move(reduction), typed.id())};
}

Scalar sum(const std::vector<Index>& over, const Scalar& body) { return reduce(Reducer::Sum, over, body); }
Scalar max(const std::vector<Index>& over, const Scalar& body) { return reduce(Reducer::Max, over, body); }
Scalar min(const std::vector<Index>& over, const Scalar& body) { return reduce(Reducer::Min, over, body); }
Scalar prod(const std::vector<Index>& over, const Scalar& body) { return reduce(Reducer::Prod, over, body); }
Scalar argmax(const std::vector<Index>& over, const Scalar& body) { return reduce(Reducer::ArgMax, over, body); }
Scalar argmin(const std::vector<Index>& over, const Scalar& body) { return reduce(Reducer::ArgMin, over, body); }

Expr compute(const std::vector<Type>& in, const std::vector<OutDim>& out, const Scalar& result) {
  Open o;
  o.pool = result.typed(result.dtype()).pool();
  Pool& pool = *o.pool;
  o.in = in;
  for (const OutDim& d : out) o.out.push_back(d.indices);
  int reductions = 0;
  NodeId post = rewrite(pool, result.id(), [&](NodeId rebuilt, NodeId) {
    if (pool[rebuilt].kind != Kind::Reduce) return rebuilt;
    require(++reductions == 1, "one reduction in one expression; split it into two");
    const Pool::Reduction& r = pool.reduction(rebuilt);
    o.red = r.over;
    o.reducer = r.reducer;
    o.accumulate = r.accumulate;
    o.body = pool[rebuilt].args[0];
    return pool.acc(pool[rebuilt].dtype);
  });
  o.body = reductions ? o.body : post;
  o.post = reductions ? post : pool.acc(pool[post].dtype);
  for (NodeId* root : {&o.body, &o.post}) {
    *root = tidy(pool, *root);
    check_bounds(pool, *root, o.in);
  }
  return close(std::move(o));
}

std::vector<Index> indices(const Shape& shape, const std::string& prefix) {
  std::vector<Index> r;
  for (Dim d : shape) r.emplace_back(prefix + std::to_string(r.size()), d);
  return r;
}
std::vector<OutDim> dims(const std::vector<Index>& v) { return {v.begin(), v.end()}; }
std::vector<At> ats(const std::vector<Index>& v) { return {v.begin(), v.end()}; }

}  // namespace tenon::expr
