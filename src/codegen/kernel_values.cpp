#include <algorithm>

#include "codegen/kernel_scope.h"

namespace tenon::codegen {

using expr::Kind;
using expr::Node;
using llvm::Value;

std::size_t Kernel::level_of(std::uint64_t deps) const {
  // Inside of given loops other nests have run, which wrote what this one reads.
  const std::size_t outermost = n_.given();
  for (std::size_t level = outer_.size(); level > outermost; --level)
    if (deps >> outer_[level - 1].index & 1) return level;
  return outermost;
}

std::size_t Kernel::point_key(std::uint64_t deps, const Point& p) const {
  std::size_t key = 0;
  for (std::size_t k = 0; k < unrolled_.size(); ++k) {
    key *= static_cast<std::size_t>(unrolled_[k].trips);
    if (deps >> unrolled_[k].index & 1) key += static_cast<std::size_t>(p.counter[k]);
  }
  return key;
}

Value* Kernel::eval(NodeId id, const Mask& wanted, const Point& p) {
  const Fact& f = fact(id);
  // What is hoisted may be computed whatever conditions say.
  const bool anywhere = !f.masked || std::ranges::find(n_.hoists, id, &loop::Hoist::value) != n_.hoists.end();
  Mask mask = anywhere ? Mask{} : wanted;
  return cached(Tag::Node, id, mask, f.deps, p, [&] { return Val{compute(id, mask, p)}; }).v;
}

Value* Kernel::compute(NodeId id, const Mask& mask, const Point& p) {
  const Node& n = n_.node(id);
  switch (n.kind) {
    case Kind::Const: return c_.number(n.value, fact(id).rep);
    case Kind::Load: return load(id, mask, p);
    case Kind::Value: return index_value(n.at[0], fact(id).rep, mask, p);
    case Kind::Acc: return acc_[p.number];
    case Kind::Guard: return guarded(id, mask, p);
    case Kind::Select: return selected(id, mask, p);
    case Kind::Cast: return c_.cast(eval(n.args[0], mask, p), fact(n.args[0]).rep, fact(id).rep);
    case Kind::Apply: return applied(id, mask, p);
    case Kind::Reduce: break;
  }
  throw InternalError("a reduction inside a closed expression");
}

Value* Kernel::applied(NodeId id, const Mask& mask, const Point& p) {
  const Node& n = n_.node(id);
  DType t = n_.node(n.args.back()).dtype;
  if (t == DType::I64 && n.fn != expr::Fn::RandomBits) {
    bool narrow = n.dtype != DType::I64 || fact(id).rep == DType::I32;
    for (NodeId a : n.args) narrow = narrow && fact(a).rep == DType::I32;
    if (narrow) t = DType::I32;
  }
  Values args;
  for (NodeId a : n.args) {
    Value* v = eval(a, mask, p);
    args.push_back(n.fn == expr::Fn::RandomBits ? v : c_.cast(v, fact(a).rep, t));
  }
  return c_.apply(n.fn, t, args, n.dtype == DType::I64 ? fact(id).rep : n.dtype);
}

Kernel::Mask Kernel::narrowed(const Mask& mask, NodeId guard, Value* condition, std::uint64_t deps, bool inside,
                              const Point& p) {
  int id = mask_ids_.try_emplace({mask.id, guard, inside}, static_cast<int>(mask_ids_.size()) + 1).first->second;
  Val v = cached(inside ? Tag::Inside : Tag::Outside, guard, mask, deps, p, [&] {
    Value* own = inside ? condition : c_.b.CreateNot(condition);
    if (!mask.v) return Val{own};
    Values both{mask.v, own};
    c_.unify(both);
    return Val{c_.b.CreateAnd(both[0], both[1])};
  });
  return {v.v, mask.deps | deps, id};
}

Value* Kernel::guarded(NodeId id, const Mask& mask, const Point& p) {
  const Node& n = n_.node(id);
  const Fact& f = fact(id);
  Mask outer = f.cond_masked ? mask : Mask{};
  Value* condition = cached(Tag::Condition, id, outer, f.cond_deps, p, [&] { return Val{holds(n.cond, outer, p)}; }).v;
  std::uint64_t deps = f.cond_deps | outer.deps;
  auto branch = [&](std::size_t k, bool inside) {
    Value* v = fact(n.args[k]).masked ? eval(n.args[k], narrowed(mask, id, condition, deps, inside, p), p)
                                      : eval(n.args[k], {}, p);
    return c_.cast(v, fact(n.args[k]).rep, f.rep);
  };
  if (auto* known = llvm::dyn_cast<llvm::ConstantInt>(condition))
    return branch(known->isZero() ? 1 : 0, !known->isZero());
  Values parts{condition, branch(0, true), branch(1, false)};
  c_.unify(parts);
  return c_.b.CreateSelect(parts[0], parts[1], parts[2]);
}

Value* Kernel::selected(NodeId id, const Mask& mask, const Point& p) {
  const Node& n = n_.node(id);
  Value* condition = c_.cast(eval(n.args[0], mask, p), fact(n.args[0]).rep, DType::Bool);
  std::uint64_t deps = fact(n.args[0]).deps | (fact(n.args[0]).masked ? mask.deps : 0);
  auto branch = [&](std::size_t k) {
    const Fact& f = fact(n.args[k]);
    Value* v =
        f.may_fault ? eval(n.args[k], narrowed(mask, id, condition, deps, k == 1, p), p) : eval(n.args[k], mask, p);
    return c_.cast(v, f.rep, fact(id).rep);
  };
  Values parts{condition, branch(1), branch(2)};
  c_.unify(parts);
  return c_.b.CreateSelect(parts[0], parts[1], parts[2]);
}

Value* Kernel::index_value(const expr::Coord& at, DType rep, const Mask& mask, const Point& p) {
  auto [low, high] = range_of(at.at);
  bool narrow = rep == DType::I32 && low >= -0x1p31 && high < 0x1p31;
  Value* v = quotient(form(at.at, narrow, p), at.at.den);
  v = c_.cast(v, narrow ? DType::I32 : DType::I64, rep);
  if (at.data == kNone) return v;
  Values sum{v, c_.cast(eval(at.data, mask, p), fact(at.data).rep, rep)};
  c_.unify(sum);
  return c_.b.CreateAdd(sum[0], sum[1]);
}

Value* Kernel::holds(const expr::Conds& conds, const Mask& mask, const Point& p) {
  Value* all = c_.b.getTrue();
  for (const expr::Cond& c : conds) {
    Values both{all, c.e.data == kNone ? holds_on_form(c, p) : holds(c, mask, p)};
    c_.unify(both);
    all = c_.b.CreateAnd(both[0], both[1]);
  }
  return all;
}

// Bounds of the numerator, which always fits i64, and in 32 bits where its range does.
Value* Kernel::holds_on_form(const expr::Cond& c, const Point& p) {
  auto [low, high] = range_of(c.e.at);
  bool narrow = low >= -0x1p30 && high < 0x1p30;
  Dim den = c.e.at.den;
  Value* x = form(c.e.at, narrow, p);
  auto number = [&](Dim v) { return llvm::ConstantInt::getSigned(x->getType(), v); };
  Value* r = c_.b.getTrue();
  auto require_also = [&](Value* more) {
    Values both{r, more};
    c_.unify(both);
    r = c_.b.CreateAnd(both[0], both[1]);
  };
  if (c.lo > -expr::kInf && static_cast<double>(c.lo) * static_cast<double>(den) > low) {
    if (static_cast<double>(c.lo) * static_cast<double>(den) > high) return c_.b.getFalse();
    require_also(c_.b.CreateICmpSGE(x, number(c.lo * den)));
  }
  if (c.hi < expr::kInf && static_cast<double>(c.hi - 1) * static_cast<double>(den) < high) {
    if (static_cast<double>(c.hi - 1) * static_cast<double>(den) < low) return c_.b.getFalse();
    require_also(c_.b.CreateICmpSLE(x, number((c.hi - 1) * den)));
  }
  if (den != 1) require_also(c_.b.CreateICmpEQ(c_.b.CreateSRem(x, number(den)), number(0)));
  return r;
}

// lo <= at + data < hi as lo - at <= data < hi - at, which cannot overflow.
Value* Kernel::holds(const expr::Cond& c, const Mask& mask, const Point& p) {
  DType rep = fact(c.e.data).rep;
  auto [low, high] = range_of(c.e.at);
  bool small_bounds = (c.lo == -expr::kInf || std::abs(static_cast<double>(c.lo)) < 0x1p29) &&
                      (c.hi == expr::kInf || std::abs(static_cast<double>(c.hi)) < 0x1p29);
  bool narrow = fits_i32(rep) && low > -0x1p29 && high < 0x1p29 && small_bounds;
  DType word = narrow ? DType::I32 : DType::I64;
  Value* numerator = form(c.e.at, narrow, p);
  Values v{c_.cast(eval(c.e.data, mask, p), rep, word), quotient(numerator, c.e.at.den)};
  c_.unify(v);
  auto bound = [&](Dim x) { return c_.b.CreateSub(llvm::ConstantInt::getSigned(v[1]->getType(), x), v[1]); };
  Value* r = nullptr;
  auto also = [&](Value* more) { r = r ? c_.b.CreateAnd(r, more) : more; };
  if (c.lo > -expr::kInf && c.hi - c.lo == 1) {
    also(c_.b.CreateICmpEQ(v[0], bound(c.lo)));
  } else {
    if (c.lo > -expr::kInf) also(c_.b.CreateICmpSGE(v[0], bound(c.lo)));
    if (c.hi < expr::kInf) also(c_.b.CreateICmpSLT(v[0], bound(c.hi)));
  }
  if (!r) r = llvm::ConstantInt::getTrue(c_.like(c_.i1, v[0]));
  if (c.e.at.den == 1) return r;
  Value* whole =
      c_.b.CreateICmpEQ(c_.b.CreateSRem(numerator, llvm::ConstantInt::getSigned(numerator->getType(), c.e.at.den)),
                        llvm::Constant::getNullValue(numerator->getType()));
  Values both{r, whole};
  c_.unify(both);
  return c_.b.CreateAnd(both[0], both[1]);
}

}  // namespace tenon::codegen
