#include "codegen/kernel_scope.h"

namespace tenon::codegen {

using llvm::Value;

/// Zeros for every position of the target, at the points of the tile.
void Kernel::scatter_zero() {
  IndexId target = n_.scatter->target;
  Dim count = n_.extent[static_cast<std::size_t>(target)], step = n_.out_offset.coef(target);
  auto& b = c_.b;
  llvm::BasicBlock *before = b.GetInsertBlock(), *loop = block("zero"), *done = block("updates");
  enter(loop);
  llvm::PHINode* counter = b.CreatePHI(c_.i64, 2);
  counter->addIncoming(c_.index(0), before);
  llvm::Constant* zero = c_.number(Number::of_int(0), n_.out);
  // Addresses of the output are found outside of this loop, whose counter is no loop of the nest.
  llvm::Align align(static_cast<std::uint64_t>(bits_of(n_.out)) / 8);
  llvm::Type* element = c_.in_memory(n_.out);
  for (const Point& p : points()) {
    Value* at = b.CreateGEP(element, address(-1, n_.out_offset, p), b.CreateNSWMul(counter, c_.index(step)));
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

/// Lanes differ in a parallel index, so their positions never meet.
void Kernel::scatter_update(const Point& p) {
  const loop::Scatter& s = *n_.scatter;
  auto& b = c_.b;
  Dim count = n_.extent[static_cast<std::size_t>(s.target)], step = n_.out_offset.coef(s.target);
  std::uint64_t deps = loop::indices_of(s.at) | fact(s.index).deps;
  for (const expr::Cond& c : s.cond) deps |= loop::indices_of(c.e.at) | (c.e.data == kNone ? 0 : fact(c.e.data).deps);
  // What depends on the condition may be needed as far outside as the condition itself.
  auto [condition, at] = cached(Tag::Condition, n_.body, {}, deps, p, [&] {
    Values position{c_.cast(eval(s.index, {}, p), fact(s.index).rep, DType::I64),
                    quotient(form(s.at, false, p), s.at.den)};
    c_.unify(position);
    Value* where = b.CreateAdd(position[0], position[1]);
    Value* inside = b.CreateICmpULT(where, llvm::ConstantInt::get(where->getType(), static_cast<std::uint64_t>(count)));
    Values both{holds(s.cond, {}, p), inside};
    c_.unify(both);
    return Val{b.CreateAnd(both[0], both[1]), where};
  });
  Mask mask = narrowed({}, n_.body, condition, deps, true, p);
  Value* update = c_.cast(eval(s.update, mask, p), fact(s.update).rep, n_.out);

  llvm::Type* element = c_.in_memory(n_.out);
  llvm::Align align(static_cast<std::uint64_t>(bits_of(n_.out)) / 8);
  Value* offset = b.CreateMul(at, llvm::ConstantInt::getSigned(at->getType(), step));
  Value* base = address(-1, n_.out_offset, p);
  if (lane_index_ == kNone) {
    Value* to = b.CreateSelect(condition, b.CreateGEP(element, base, offset), nothing_);
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
