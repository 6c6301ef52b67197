#include "codegen/kernel_scope.h"

namespace tenon::codegen {

using llvm::Value;

/// Where element `number` of all positions of the targets, row-major, lies in the output.
Value* Kernel::target_offset(Value* number) {
  auto& b = c_.b;
  Value *offset = c_.index(0), *left = number;
  for (std::size_t k = n_.scatter->positions.size(); k-- > 0;) {
    IndexId target = n_.scatter->positions[k].target;
    llvm::Constant* count = c_.index(n_.extent[static_cast<std::size_t>(target)]);
    Value* position = k == 0 ? left : b.CreateURem(left, count);
    if (k > 0) left = b.CreateUDiv(left, count);
    offset = b.CreateAdd(offset, b.CreateNSWMul(position, c_.index(n_.out_offset.coef(target))));
  }
  return offset;
}

/// Zeros for all positions of the targets, at the points of the tile.
void Kernel::scatter_zero() {
  Dim count = 1;
  for (const loop::Scatter::Position& s : n_.scatter->positions) count *= n_.extent[static_cast<std::size_t>(s.target)];
  auto& b = c_.b;
  llvm::BasicBlock *before = b.GetInsertBlock(), *loop = block("zero"), *done = block("updates");
  enter(loop);
  llvm::PHINode* counter = b.CreatePHI(c_.i64, 2);
  counter->addIncoming(c_.index(0), before);
  llvm::Constant* zero = c_.number(Number::of_int(0), n_.out);
  // Addresses of the output are found outside of this loop, whose counter is no loop of the nest.
  llvm::Align align(static_cast<std::uint64_t>(bits_of(n_.out)) / 8);
  llvm::Type* element = c_.in_memory(n_.out);
  Value* offset = target_offset(counter);
  for (const Point& p : points()) {
    Value* at = b.CreateGEP(element, address_of_output(p), offset);
    Value* v = c_.splat(c_.stored(zero, n_.out), lane_index_ == kNone ? 0 : lanes_);
    if (lane_index_ == kNone) {
      b.CreateAlignedStore(v, at, align);
      continue;
    }
    Value* all = b.CreateGEP(element, at, lane_numbers(c_.i64, n_.out_offset.coef(lane_index_)));
    Value* mask = lane_condition(nullptr, p);
    if (!mask) mask = llvm::ConstantInt::getTrue(llvm::FixedVectorType::get(c_.i1, lanes_));
    if (n_.out_offset.coef(lane_index_) == 1)
      b.CreateMaskedStore(v, at, align, mask);
    else
      b.CreateMaskedScatter(v, all, align, mask);
  }
  Value* next = b.CreateNSWAdd(counter, c_.index(1));
  counter->addIncoming(next, b.GetInsertBlock());
  b.CreateCondBr(b.CreateICmpSLT(next, c_.index(count)), loop, done);
  b.SetInsertPoint(done);
}

/// Positions read from data: their offset in the output, and whether all are inside.
std::pair<Value*, Value*> Kernel::scatter_position(const Mask& mask, const Point& p) {
  auto& b = c_.b;
  Value *offset = nullptr, *inside = nullptr;
  for (const loop::Scatter::Position& s : n_.scatter->positions) {
    Dim count = n_.extent[static_cast<std::size_t>(s.target)];
    Values position{c_.cast(eval(s.index, mask, p), fact(s.index).rep, DType::I64),
                    quotient(form(s.at, false, p), s.at.den)};
    c_.unify(position);
    Value* at = b.CreateAdd(position[0], position[1]);
    Value* within = b.CreateICmpULT(at, llvm::ConstantInt::get(at->getType(), static_cast<std::uint64_t>(count)));
    Value* step = b.CreateMul(at, llvm::ConstantInt::getSigned(at->getType(), n_.out_offset.coef(s.target)));
    if (!offset) {
      offset = step, inside = within;
      continue;
    }
    Values offsets{offset, step}, both{inside, within};
    c_.unify(offsets);
    c_.unify(both);
    offset = b.CreateAdd(offsets[0], offsets[1]);
    inside = b.CreateAnd(both[0], both[1]);
  }
  return {offset, inside};
}

/// Lanes differ in a parallel index, so their positions never meet.
void Kernel::scatter_update(const Point& p) {
  const loop::Scatter& s = *n_.scatter;
  auto& b = c_.b;
  Mask mask;
  std::uint64_t deps = 0;
  if (!s.cond.empty()) {
    for (const expr::Cond& c : s.cond) deps |= loop::indices_of(c.e.at) | (c.e.data == kNone ? 0 : fact(c.e.data).deps);
    Val holding = cached(Tag::Condition, n_.body, {}, deps, p, [&] { return Val{holds(s.cond, {}, p)}; });
    mask = narrowed({}, n_.body, holding.v, deps, true, p);
  }
  for (const loop::Scatter::Position& q : s.positions) deps |= loop::indices_of(q.at) | fact(q.index).deps;
  Val position = cached(Tag::Outside, n_.body, mask, deps, p, [&] {
    auto [at, inside] = scatter_position(mask, p);
    return Val{at, inside};
  });
  Value* offset = position.v;
  mask = narrowed(mask, s.update, position.second, deps, true, p);
  Value* condition = mask.v;
  Value* update = c_.cast(eval(s.update, mask, p), fact(s.update).rep, n_.out);

  llvm::Type* element = c_.in_memory(n_.out);
  llvm::Align align(static_cast<std::uint64_t>(bits_of(n_.out)) / 8);
  Value* base = address_of_output(p);
  if (lane_index_ == kNone) {
    Value* to = b.CreateSelect(condition, b.CreateGEP(element, base, offset), f_.nothing);
    Value* old = c_.loaded(b.CreateAlignedLoad(element, to, align), n_.out);
    b.CreateAlignedStore(c_.stored(c_.apply(expr::Fn::Add, n_.out, {old, update}, n_.out), n_.out), to, align);
    return;
  }
  llvm::Type* type = llvm::FixedVectorType::get(element, lanes_);
  Value* on = lane_condition(condition, p);
  llvm::Constant* zero = llvm::Constant::getNullValue(type);
  bool run = !Code::lanes_of(offset) && n_.out_offset.coef(lane_index_) == 1;
  Value* to = b.CreateGEP(element, base, offset);
  if (!run) to = b.CreateGEP(element, to, lane_numbers(c_.i64, n_.out_offset.coef(lane_index_)));
  Value* old = run ? b.CreateMaskedLoad(type, to, align, on, zero) : b.CreateMaskedGather(type, to, align, on, zero);
  Value* sum = c_.apply(expr::Fn::Add, n_.out, {c_.loaded(old, n_.out), c_.splat(update, lanes_)}, n_.out);
  if (run)
    b.CreateMaskedStore(c_.stored(sum, n_.out), to, align, on);
  else
    b.CreateMaskedScatter(c_.stored(sum, n_.out), to, align, on);
}

}  // namespace tenon::codegen
