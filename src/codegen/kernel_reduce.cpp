#include <llvm/IR/Intrinsics.h>

#include "codegen/kernel_scope.h"

namespace tenon::codegen {

using expr::Fn;
using expr::Kind;
using expr::Reducer;
using llvm::ConstantInt;
using llvm::Value;

namespace {

Fn combining(Reducer r) {
  switch (r) {
    case Reducer::Sum: return Fn::Add;
    case Reducer::Prod: return Fn::Mul;
    case Reducer::Max: return Fn::Max;
    default: return Fn::Min;
  }
}

}  // namespace

Kernel::Tile Kernel::identities(const std::vector<Point>& all) {
  Tile tile(acc_.size());
  Value* identity = c_.splat(c_.number(expr::identity_of(n_.reducer, n_.accumulate), n_.accumulate), lanes_);
  Value* last = c_.splat(ConstantInt::get(c_.i64, static_cast<std::uint64_t>(std::numeric_limits<Dim>::max())), lanes_);
  if (range_of(n_.position).second < 0x1p31)
    last = c_.splat(ConstantInt::get(c_.i32, std::numeric_limits<std::int32_t>::max()), lanes_);
  for (const Point& p : all) tile[p.number] = {identity, n_.finds_position() ? last : nullptr};
  return tile;
}

/// Lanes beyond the end of the reduction keep what they had.
Value* Kernel::partial(const Point& p, Value* now, Value* old) {
  bool reduces_lanes = lane_index_ != kNone && !n_.is_parallel(lane_index_);
  if (!reduces_lanes || p.active == lanes_) return now;
  return c_.b.CreateSelect(active_lanes(p), now, old);
}

/// sum + x * y in one step where the body is a product of the accumulated type, also under a condition; else nullptr.
Value* Kernel::fused_sum(Value* sum, const Point& p) {
  if (n_.reducer != Reducer::Sum || (n_.accumulate != DType::F32 && n_.accumulate != DType::F64)) return nullptr;
  NodeId id = n_.body;
  Value* condition = nullptr;
  Mask mask;
  if (n_.node(id).kind == Kind::Guard) {
    const expr::Node& g = n_.node(id);
    const expr::Node& otherwise = n_.node(g.args[1]);
    if (otherwise.kind != Kind::Const || otherwise.value.as_double() != 0) return nullptr;
    const Fact& f = fact(id);
    condition = cached(Tag::Condition, id, {}, f.cond_deps, p, [&] { return Val{holds(g.cond, {}, p)}; }).v;
    mask = narrowed({}, id, condition, f.cond_deps, true, p);
    id = g.args[0];
  }
  const expr::Node& product = n_.node(id);
  if (product.kind != Kind::Apply || product.fn != Fn::Mul || product.dtype != n_.accumulate) return nullptr;
  Value *x = c_.splat(eval(product.args[0], mask, p), lanes_), *y = c_.splat(eval(product.args[1], mask, p), lanes_);
  Value* next = c_.multiply_add(x, y, sum);
  return condition ? c_.b.CreateSelect(c_.splat(condition, lanes_), next, sum) : next;
}

Kernel::Reduced Kernel::updated(const Reduced& old, const Point& p) {
  if (Value* sum = fused_sum(old.value, p)) return {partial(p, sum, old.value), nullptr};
  Value* v = c_.splat(c_.cast(eval(n_.body, {}, p), fact(n_.body).rep, n_.accumulate), lanes_);
  if (!n_.finds_position()) {
    Value* next = c_.apply(combining(n_.reducer), n_.accumulate, {old.value, v}, n_.accumulate);
    return {partial(p, next, old.value), nullptr};
  }
  bool narrow = old.position->getType()->getScalarType() == c_.i32;
  const Reduced now{v, c_.splat(form(n_.position, narrow, p), lanes_)};
  Reduced next = positions_rise_ ? later(old, now) : merged(old, now);
  return {partial(p, next.value, old.value), partial(p, next.position, old.position)};
}

/// The same of a value behind all that x has seen.
Kernel::Reduced Kernel::later(const Reduced& x, const Reduced& y) {
  auto& b = c_.b;
  Value* take = nullptr;
  if (is_float(n_.accumulate)) {
    // Better, or one of the two is NaN; but the first NaN stays.
    Value* better =
        n_.reducer == Reducer::ArgMax ? b.CreateFCmpUGT(y.value, x.value) : b.CreateFCmpULT(y.value, x.value);
    take = b.CreateAnd(better, b.CreateFCmpORD(x.value, x.value));
  } else {
    take = c_.apply(n_.reducer == Reducer::ArgMax ? Fn::Gt : Fn::Lt, n_.accumulate, {y.value, x.value}, DType::Bool);
  }
  return {b.CreateSelect(take, y.value, x.value), b.CreateSelect(take, y.position, x.position)};
}

/// For positions: the first NaN, else the more extreme, else the first.
Kernel::Reduced Kernel::merged(const Reduced& x, const Reduced& y) {
  if (!n_.finds_position())
    return {c_.apply(combining(n_.reducer), n_.accumulate, {x.value, y.value}, n_.accumulate), nullptr};
  auto& b = c_.b;
  Fn better = n_.reducer == Reducer::ArgMax ? Fn::Gt : Fn::Lt;
  Value* earlier = b.CreateICmpSLT(y.position, x.position);
  auto test = [&](Fn fn) { return c_.apply(fn, n_.accumulate, {y.value, x.value}, DType::Bool); };
  Value* take = b.CreateOr(test(better), b.CreateAnd(test(Fn::Eq), earlier));
  if (is_float(n_.accumulate)) {
    Value *x_nan = b.CreateFCmpUNO(x.value, x.value), *y_nan = b.CreateFCmpUNO(y.value, y.value);
    Value* over_nan = b.CreateAnd(y_nan, earlier);
    take = b.CreateSelect(x_nan, over_nan, b.CreateOr(take, y_nan));
  }
  return {b.CreateSelect(take, y.value, x.value), b.CreateSelect(take, y.position, x.position)};
}

/// The larger or smaller of two floats, neither of which is NaN.
Value* Kernel::extreme_number(Value* x, Value* y) {
  auto& b = c_.b;
  Value* better = n_.reducer == Reducer::Max ? b.CreateFCmpOGT(y, x) : b.CreateFCmpOLT(y, x);
  return b.CreateSelect(better, y, x);
}

/// Lane 0 of halving sums. Extremes of floats look for NaN once, in place of at each step, where one waits for another.
Kernel::Reduced Kernel::across_lanes(Reduced x) {
  auto part = [&](Value* v, unsigned first, unsigned count) -> Value* {
    if (!v) return nullptr;
    llvm::SmallVector<int, 32> lanes;
    for (unsigned k = 0; k < count; ++k) lanes.push_back(static_cast<int>(first + k));
    return c_.b.CreateShuffleVector(v, lanes);
  };
  auto first = [&](Value* v) { return v ? c_.b.CreateExtractElement(v, std::uint64_t{0}) : nullptr; };
  const bool extreme = n_.reducer == Reducer::Max || n_.reducer == Reducer::Min;
  if (extreme && is_float(n_.accumulate)) {
    Value* nan = c_.b.CreateOrReduce(c_.b.CreateFCmpUNO(x.value, x.value));
    for (unsigned half = lanes_ / 2; half > 0; half /= 2)
      x.value = extreme_number(part(x.value, 0, half), part(x.value, half, half));
    Value* most = first(x.value);
    return {c_.b.CreateSelect(nan, llvm::ConstantFP::getNaN(most->getType()), most), nullptr};
  }
  for (unsigned half = lanes_ / 2; half > 0; half /= 2)
    x = merged({part(x.value, 0, half), part(x.position, 0, half)},
               {part(x.value, half, half), part(x.position, half, half)});
  return {first(x.value), first(x.position)};
}

/// Where a block of the reduction ends: joins the tile with what earlier blocks have left in the output.
Kernel::Tile Kernel::with_earlier_blocks(const std::vector<Point>& all, Tile tile) {
  auto& b = c_.b;
  llvm::BasicBlock *before = b.GetInsertBlock(), *join = block("join"), *done = block("joined");
  scopes_.back().leave = b.CreateCondBr(at_end_of_blocks(false), done, join);
  b.SetInsertPoint(join);
  const Tile own = tile;
  for (const Point& p : all) {
    tile[p.number] = merged({load_output(p), nullptr}, tile[p.number]);
  }
  llvm::BasicBlock* end = b.GetInsertBlock();
  b.CreateBr(done);
  b.SetInsertPoint(done);
  for (const Point& p : all) {
    llvm::PHINode* either = b.CreatePHI(own[p.number].value->getType(), 2);
    either->addIncoming(own[p.number].value, before);
    either->addIncoming(tile[p.number].value, end);
    tile[p.number].value = either;
  }
  return tile;
}

/// Asks for the lines of the output that the tile will be joined with.
void Kernel::prefetch_output(const std::vector<Point>& all) {
  constexpr std::uint32_t kRead = 0, kAllLevels = 3, kData = 1;
  for (const Point& p : all) {
    Value* at = address_of_output(p);
    c_.b.CreateIntrinsic(llvm::Intrinsic::prefetch, {at->getType()},
                         {at, c_.b.getInt32(kRead), c_.b.getInt32(kAllLevels), c_.b.getInt32(kData)});
  }
}

/// Writes the results of the tile, or of one block of the reduction what later blocks go on with.
void Kernel::finish(const std::vector<Point>& all, const Tile& tile) {
  if (!n_.reduces_in_blocks()) return write_results(all, tile);
  auto& b = c_.b;
  for (const Point& p : all) address_of_output(p);  // outside of the branches
  const Tile sums = with_earlier_blocks(all, tile);
  llvm::BasicBlock *last = block("last"), *not_yet = block("partial"), *done = block("done");
  scopes_.back().leave = b.CreateCondBr(at_end_of_blocks(true), last, not_yet);
  b.SetInsertPoint(not_yet);
  for (const Point& p : all) store(sums[p.number].value, p);
  b.CreateBr(done);
  b.SetInsertPoint(last);
  write_results(all, sums);
  b.CreateBr(done);
  b.SetInsertPoint(done);
}

void Kernel::write_results(const std::vector<Point>& all, const Tile& tile) {
  std::map<std::size_t, std::vector<const Point*>> groups;
  for (const Point& p : all) groups[point_key((std::uint64_t{1} << n_.parallel) - 1, p)].push_back(&p);
  IndexId lane_index = lane_index_;
  bool reduces_lanes = lane_index != kNone && !n_.is_parallel(lane_index);
  std::vector<std::pair<const Point*, Reduced>> sums;
  for (auto& [key, group] : groups) {
    std::vector<Reduced> parts;
    for (const Point* p : group) parts.push_back(tile[p->number]);
    while (parts.size() > 1) {
      std::size_t half = (parts.size() + 1) / 2;
      for (std::size_t k = 0; k + half < parts.size(); ++k) parts[k] = merged(parts[k], parts[k + half]);
      parts.resize(half);
    }
    sums.emplace_back(group[0], reduces_lanes ? across_lanes(parts[0]) : parts[0]);
  }
  if (reduces_lanes) lane_index_ = kNone;
  std::vector<Value*> results;
  for (auto& [p, sum] : sums) {
    Value* v = sum.value;
    if (n_.finds_position()) {
      Value* nothing = ConstantInt::get(sum.position->getType(), sum.position->getType()->getScalarSizeInBits() == 32
                                                                     ? std::numeric_limits<std::int32_t>::max()
                                                                     : std::numeric_limits<Dim>::max());
      Value* found = c_.b.CreateICmpNE(sum.position, nothing);
      v = c_.b.CreateSelect(found, sum.position, llvm::Constant::getNullValue(sum.position->getType()));
      v = c_.b.CreateSExt(v, c_.like(c_.i64, v));
    }
    acc_[p->number] = v;
    results.push_back(c_.cast(eval(n_.post, {}, *p), fact(n_.post).rep, n_.out));
  }
  std::vector<const Point*> places;
  for (auto& [p, sum] : sums) places.push_back(p);
  store_all(results, places);
  lane_index_ = lane_index;
}

}  // namespace tenon::codegen
