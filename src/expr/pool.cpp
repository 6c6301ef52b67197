#include "expr/pool.h"

#include <algorithm>
#include <bit>

namespace tenon::expr {

namespace {

/// Is each value of the float type `narrow` a value of the float type `wide`?
bool holds(DType wide, DType narrow) {
  return is_float(wide) && is_float(narrow) && (wide == DType::F64 || (wide == DType::F32 && narrow != DType::F64));
}

}  // namespace

IndexId Pool::fresh(std::string name, Dim extent) {
  require(extent >= 0, "index {}: the extent {} is negative", name, extent);
  indices_.push_back({std::move(name), extent});
  return static_cast<IndexId>(indices_.size() - 1);
}

bool Pool::is_constant(NodeId id, double v) const {
  const Node& n = (*this)[id];
  return n.kind == Kind::Const && n.value.as_double() == v;
}

void Pool::reserve(std::size_t nodes) {
  nodes_.reserve(nodes);
  hashes_.reserve(nodes);
  if (2 * nodes > slots_.size()) rehash(std::bit_ceil(2 * nodes));
}

void Pool::rehash(std::size_t slots) {
  slots_.assign(slots, kNone);
  for (std::size_t k = 0; k < hashes_.size(); ++k) {
    std::size_t at = hashes_[k] & (slots - 1);
    while (slots_[at] != kNone) at = (at + 1) & (slots - 1);
    slots_[at] = static_cast<NodeId>(k);
  }
}

NodeId Pool::intern(Node n) {
  if (2 * (nodes_.size() + 1) > slots_.size()) rehash(std::max<std::size_t>(32, 2 * slots_.size()));
  const std::uint64_t h = hash_of(n);
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = h & mask;
  for (; slots_[at] != kNone; at = (at + 1) & mask) {
    const NodeId id = slots_[at];
    if (hashes_[static_cast<std::size_t>(id)] == h && (*this)[id] == n) return id;
  }
  const auto id = static_cast<NodeId>(nodes_.size());
  slots_[at] = id;
  nodes_.push_back(std::move(n));
  hashes_.push_back(h);
  return id;
}

NodeId Pool::constant(Number value, DType dtype) {
  Node n{.kind = Kind::Const, .dtype = dtype};
  n.value = value.rounded_to(dtype);
  return intern(std::move(n));
}

NodeId Pool::load(std::int32_t operand, DType dtype, SmallVector<Coord, 3> at) {
  Node n{.kind = Kind::Load, .dtype = dtype};
  n.operand = operand;
  n.at = std::move(at);
  return intern(std::move(n));
}

NodeId Pool::value(Affine at) {
  Node n{.kind = Kind::Value, .dtype = DType::I64};
  n.at.push_back({std::move(at), kNone});
  return intern(std::move(n));
}

NodeId Pool::acc(DType dtype) { return intern({.kind = Kind::Acc, .dtype = dtype}); }

NodeId Pool::guard(Conds cond, NodeId yes, NodeId no) {
  if (cond.empty() || yes == no) return yes;
  Node n{.kind = Kind::Guard, .dtype = (*this)[yes].dtype};
  require((*this)[no].dtype == n.dtype, "where: the branches have types {} and {}", n.dtype, (*this)[no].dtype);
  std::stable_partition(cond.begin(), cond.end(), [](const Cond& c) { return c.e.data == kNone; });
  n.cond = std::move(cond);
  n.args = {yes, no};
  return intern(std::move(n));
}

NodeId Pool::select(NodeId c, NodeId yes, NodeId no) {
  if (yes == no) return yes;
  const Node& condition = (*this)[c];
  require(condition.dtype == DType::Bool, "where: the condition is {}, expected bool", condition.dtype);
  if (condition.kind == Kind::Const) return condition.value.truth() ? yes : no;
  Node n{.kind = Kind::Select, .dtype = (*this)[yes].dtype};
  require((*this)[no].dtype == n.dtype, "where: the branches have types {} and {}", n.dtype, (*this)[no].dtype);
  n.args = {c, yes, no};
  return intern(std::move(n));
}

NodeId Pool::cast(DType dtype, NodeId x) {
  const Node& from = (*this)[x];
  if (from.dtype == dtype) return x;
  if (from.kind == Kind::Const) return constant(from.value, dtype);
  if (from.kind == Kind::Cast && holds(from.dtype, (*this)[from.args[0]].dtype)) return cast(dtype, from.args[0]);
  Node n{.kind = Kind::Cast, .dtype = dtype};
  n.args = {x};
  return intern(std::move(n));
}

NodeId Pool::apply(Fn fn, SmallVector<NodeId, 3> args) {
  expect(static_cast<int>(args.size()) == arity_of(fn), "wrong number of arguments of a scalar function");
  DType t = (*this)[args[0]].dtype;
  if (fn == Fn::RandomBits) {
    Node n{.kind = Kind::Apply, .fn = fn, .dtype = DType::I32};
    n.args = std::move(args);
    return intern(std::move(n));
  }
  for (NodeId a : args)
    require((*this)[a].dtype == t, "{}: the arguments have types {} and {}; cast one of them", name_of(fn), t,
            (*this)[a].dtype);
  if (fn == Fn::Mul && is_constant(args[0], 1)) return args[1];
  if (fn == Fn::Mul && is_constant(args[1], 1)) return args[0];
  if (fn == Fn::Div && is_constant(args[1], 1)) return args[0];
  if (fn == Fn::Add && !is_float(t) && is_constant(args[0], 0)) return args[1];
  if (fn == Fn::Add && !is_float(t) && is_constant(args[1], 0)) return args[0];
  Node n{.kind = Kind::Apply, .fn = fn, .dtype = is_comparison(fn) ? DType::Bool : t};
  n.args = std::move(args);
  return intern(std::move(n));
}

NodeId Pool::reduce(Reduction r, NodeId body) {
  bool position = r.reducer == Reducer::ArgMax || r.reducer == Reducer::ArgMin;
  Node n{.kind = Kind::Reduce, .dtype = position ? DType::I64 : r.accumulate};
  n.operand = static_cast<std::int32_t>(reductions_.size());
  n.args = {position ? body : cast(r.accumulate, body)};
  reductions_.push_back(std::move(r));
  return intern(std::move(n));
}

std::vector<IndexId> Open::parallel() const {
  std::vector<IndexId> all;
  for (const auto& d : out) all.insert(all.end(), d.begin(), d.end());
  return all;
}

void visit(const Pool& pool, NodeId root, const std::function<void(NodeId)>& f) {
  if (root == kNone) return;
  std::vector<char> seen(pool.size(), 0);
  std::vector<std::pair<NodeId, bool>> stack{{root, false}};
  while (!stack.empty()) {
    auto [id, ready] = stack.back();
    stack.pop_back();
    if (ready) {
      f(id);
      continue;
    }
    if (std::exchange(seen[static_cast<std::size_t>(id)], 1)) continue;
    stack.push_back({id, true});
    const Node& n = pool[id];
    auto later = [&](NodeId child) {
      if (child != kNone && !seen[static_cast<std::size_t>(child)]) stack.push_back({child, false});
    };
    for (std::size_t k = n.args.size(); k--;) later(n.args[k]);
    for (std::size_t k = n.cond.size(); k--;) later(n.cond[k].e.data);
    for (std::size_t k = n.at.size(); k--;) later(n.at[k].data);
  }
}

namespace {

/// `n` with children mapped; goes through the simplifying constructors.
NodeId reintern(Pool& pool, Node n) {
  switch (n.kind) {
    case Kind::Guard: return pool.guard(std::move(n.cond), n.args[0], n.args[1]);
    case Kind::Select: return pool.select(n.args[0], n.args[1], n.args[2]);
    case Kind::Cast: return pool.cast(n.dtype, n.args[0]);
    case Kind::Apply: return pool.apply(n.fn, std::move(n.args));
    default: return pool.intern(std::move(n));
  }
}

template <class Map>
void map_children(Node& n, const Map& map) {
  for (NodeId& a : n.args) a = map(a);
  for (Coord& c : n.at)
    if (c.data != kNone) c.data = map(c.data);
  for (Cond& c : n.cond)
    if (c.e.data != kNone) c.e.data = map(c.e.data);
}

template <class Map>
void map_indices(Affine& a, const Map& map) {
  for (Term& t : a.terms) t.index = map(t.index);
  std::sort(a.terms.begin(), a.terms.end(), [](const Term& x, const Term& y) { return x.index < y.index; });
}

template <class F>
void for_each_affine(Node& n, F&& f) {
  for (Coord& c : n.at) f(c.at);
  for (Cond& c : n.cond) f(c.e.at);
}

}  // namespace

NodeId rewrite(Pool& pool, NodeId root, const std::function<NodeId(NodeId, NodeId)>& f) {
  if (root == kNone) return root;
  std::vector<NodeId> order;
  visit(pool, root, [&](NodeId id) { order.push_back(id); });
  std::vector<NodeId> done(pool.size(), kNone);
  const auto replacement = [&](NodeId child) { return done[static_cast<std::size_t>(child)]; };
  const auto same = [&](NodeId child) { return child == kNone || replacement(child) == child; };
  for (NodeId id : order) {
    const Node& was = pool[id];
    const bool unchanged = std::ranges::all_of(was.args, same) &&
                           std::ranges::all_of(was.at, [&](const Coord& c) { return same(c.data); }) &&
                           std::ranges::all_of(was.cond, [&](const Cond& c) { return same(c.e.data); });
    NodeId rebuilt = id;
    if (!unchanged) {
      Node n = was;
      map_children(n, replacement);
      rebuilt = reintern(pool, std::move(n));
    }
    done[static_cast<std::size_t>(id)] = f(rebuilt, id);
  }
  return replacement(root);
}

Open open(const Expr& e, std::shared_ptr<Pool> pool, std::int32_t first_operand) {
  Open o;
  o.pool = std::move(pool);
  o.in = e.in;
  o.reducer = e.reducer;
  o.accumulate = e.accumulate;
  std::vector<IndexId> token;
  std::size_t i = 0;
  for (std::int32_t joined : e.domain.out) {
    auto& group = o.out.emplace_back();
    for (std::int32_t k = 0; k < joined; ++k, ++i) {
      token.push_back(o.pool->fresh("i" + std::to_string(i), e.domain.extent[i]));
      group.push_back(token.back());
    }
  }
  for (; i < e.domain.extent.size(); ++i) {
    token.push_back(
        o.pool->fresh("k" + std::to_string(i - static_cast<std::size_t>(e.domain.parallel)), e.domain.extent[i]));
    o.red.push_back(token.back());
  }
  o.pool->reserve(o.pool->size() + 2 * e.nodes.size());  // rewriting adds about as many again
  std::vector<NodeId> id;
  for (const Node& from : e.nodes) {
    Node n = from;
    map_children(n, [&](NodeId child) { return id[static_cast<std::size_t>(child)]; });
    for_each_affine(n,
                    [&](Affine& a) { map_indices(a, [&](IndexId k) { return token[static_cast<std::size_t>(k)]; }); });
    if (n.kind == Kind::Load) n.operand += first_operand;
    id.push_back(o.pool->intern(std::move(n)));
  }
  o.body = id[static_cast<std::size_t>(e.body)];
  o.post = id[static_cast<std::size_t>(e.post)];
  return o;
}

namespace {

/// An index of extent 1 is always 0.
NodeId drop_unit_indices(Pool& pool, NodeId root) {
  auto drop = [&](Affine& a) {
    Affine r;
    r.den = a.den;
    r.offset = a.offset;
    for (const Term& t : a.terms)
      if (pool.extent(t.index) != 1) r.terms.push_back(t);
    a = r * 1;
  };
  const auto has_unit = [&](const Affine& a) {
    return std::ranges::any_of(a.terms, [&](const Term& t) { return pool.extent(t.index) == 1; });
  };
  return rewrite(pool, root, [&](NodeId rebuilt, NodeId) {
    const Node& was = pool[rebuilt];
    const bool drops = std::ranges::any_of(was.at, [&](const Coord& c) { return has_unit(c.at); }) ||
                       std::ranges::any_of(was.cond, [&](const Cond& c) { return has_unit(c.e.at); });
    if (!drops) return rebuilt;
    Node n = was;
    for_each_affine(n, drop);
    return reintern(pool, std::move(n));
  });
}

}  // namespace

Expr close(Open o) {
  Pool& pool = o.p();
  std::erase_if(o.red, [&](IndexId i) { return pool.extent(i) == 1; });
  for (NodeId* root : {&o.body, &o.post}) *root = tidy(pool, drop_unit_indices(pool, *root));

  Expr e;
  e.in = std::move(o.in);
  e.reducer = o.reducer;
  std::vector<std::pair<IndexId, IndexId>> position;  // of a token in the domain
  auto place = [&](IndexId token) {
    position.emplace_back(token, e.domain.indices());
    e.domain.extent.push_back(pool.extent(token));
  };
  for (const auto& group : o.out) {
    e.domain.out.push_back(static_cast<std::int32_t>(group.size()));
    for (IndexId token : group) place(token);
  }
  e.domain.parallel = e.domain.indices();
  for (IndexId token : o.red) place(token);

  std::vector<NodeId> number(pool.size(), kNone);
  const auto number_of = [&](NodeId id) -> NodeId& { return number[static_cast<std::size_t>(id)]; };
  auto copy = [&](NodeId root) {
    visit(pool, root, [&](NodeId id) {
      if (number_of(id) != kNone) return;
      Node n = pool[id];
      expect(n.kind != Kind::Reduce, "a reduction inside a closed expression");
      map_children(n, number_of);
      for_each_affine(n, [&](Affine& a) {
        map_indices(a, [&](IndexId token) {
          auto it = std::ranges::find(position, token, &std::pair<IndexId, IndexId>::first);
          require(it != position.end(), "index {} is neither an output dimension nor reduced over",
                  pool.index(token).name);
          return it->second;
        });
      });
      number_of(id) = static_cast<NodeId>(e.nodes.size());
      e.nodes.push_back(std::move(n));
    });
    return number_of(root);
  };
  e.body = copy(o.body);
  e.post = copy(o.post);
  e.accumulate = o.reducer == Reducer::None ? e.node(e.body).dtype : o.accumulate;
  return e;
}

Coord substitute(Pool&, const Coord& c, const Substitution& s) {
  Coord r{Affine(c.at.offset), c.data};
  for (const Term& t : c.at.terms) {
    auto it = s.find(t.index);
    if (it == s.end()) {
      r.at = r.at + Affine::of(t.index, t.coef);
      continue;
    }
    if (it->second.data != kNone) {
      require(t.coef == 1 && c.at.den == 1 && r.data == kNone, "not affine in a data-dependent index");
      r.data = it->second.data;
    }
    r.at = r.at + it->second.at * t.coef;
  }
  r.at = exact_div(r.at, c.at.den);
  return r;
}

NodeId substitute(Pool& pool, NodeId root, const Substitution& s, const std::function<NodeId(NodeId, NodeId)>& leaf) {
  return rewrite(pool, root, [&](NodeId rebuilt, NodeId original) {
    if (!pool[rebuilt].at.empty() || !pool[rebuilt].cond.empty()) {
      Node n = pool[rebuilt];
      for (Coord& c : n.at) c = substitute(pool, c, s);
      for (Cond& c : n.cond) c.e = substitute(pool, c.e, s);
      rebuilt = reintern(pool, std::move(n));
    }
    return leaf ? leaf(rebuilt, original) : rebuilt;
  });
}

NodeId substitute(Pool& pool, NodeId root, const Substitution& s) { return substitute(pool, root, s, {}); }

namespace {

void add_support(const Pool& pool, const Affine& a, std::vector<IndexId>& to) {
  for (const Term& t : a.terms)
    if (varies(pool.extent(t.index))) to.push_back(t.index);
}
void sort_unique(std::vector<IndexId>& v) {
  std::sort(v.begin(), v.end());
  v.erase(std::unique(v.begin(), v.end()), v.end());
}

}  // namespace

std::vector<IndexId> support(const Pool& pool, NodeId root) {
  std::vector<IndexId> r;
  visit(pool, root, [&](NodeId id) {
    for (const Coord& c : pool[id].at) add_support(pool, c.at, r);
    for (const Cond& c : pool[id].cond) add_support(pool, c.e.at, r);
  });
  sort_unique(r);
  return r;
}

std::vector<IndexId> support(const Pool& pool, const Coord& c) {
  std::vector<IndexId> r;
  if (c.data != kNone) r = support(pool, c.data);
  add_support(pool, c.at, r);
  sort_unique(r);
  return r;
}

}  // namespace tenon::expr
