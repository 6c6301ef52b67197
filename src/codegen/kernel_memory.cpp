#include <llvm/IR/Intrinsics.h>

#include <bit>

#include "codegen/kernel_scope.h"

namespace tenon::codegen {

using llvm::ConstantInt;
using llvm::Value;

namespace {

/// Elements between lanes that are picked from whole vectors.
constexpr Dim kNear = 4;

}  // namespace

// ---------------------------------------------------------------- addresses

int Kernel::intern(const Affine& a, const loop::Digits& digits) {
  std::vector<Dim> steps;
  for (const loop::Loop& l : n_.loops) steps.push_back(loop::step_of(a, digits, l));
  auto [it, fresh] = forms_.try_emplace(steps, static_cast<int>(form_steps_.size()));
  if (fresh) form_steps_.push_back(std::move(steps));
  return it->second;
}

Dim Kernel::constant_part(int form, const Point& p) const {
  Dim r = 0;
  for (std::size_t k = 0; k < unrolled_at_.size(); ++k) r += growth(form, unrolled_at_[k]) * p.counter[k];
  return r;
}

Dim Kernel::lane_step(const Affine& a, const loop::Digits& digits) const {
  return lane_index_ == kNone ? 0 : loop::step_of(a, digits, *n_.vector_loop());
}

/// The buffer's start moved by what the counters of the loops around contribute.
Value* Kernel::chain(std::int32_t buffer, int form, std::size_t level) {
  if (level == 0) return place_.buffers[static_cast<std::size_t>(buffer + 1)];
  const loop::Loop& l = outer_[level - 1];
  Dim step = growth(form, level - 1);
  const bool starts_anew = l.kind == loop::LoopKind::Given && place_.temporary[static_cast<std::size_t>(buffer + 1)];
  if (step == 0 || starts_anew) return chain(buffer, form, level - 1);
  std::pair key{buffer, form};
  if (auto it = scopes_[level].chains.find(key); it != scopes_[level].chains.end()) return it->second;
  Value* outside = chain(buffer, form, level - 1);
  Value* moved = at_level(level, [&] {
    return c_.b.CreateGEP(c_.in_memory(buffer_type(buffer)), outside,
                          c_.b.CreateNSWMul(scopes_[level].counter, c_.index(step)));
  });
  return scopes_[level].chains[key] = moved;
}

Value* Kernel::form_chain(int form, std::size_t level) {
  constexpr std::int32_t kIndex = -2;
  if (level == 0) return c_.index(0);
  Dim step = growth(form, level - 1);
  if (step == 0) return form_chain(form, level - 1);
  std::pair key{kIndex, form};
  if (auto it = scopes_[level].chains.find(key); it != scopes_[level].chains.end()) return it->second;
  Value* outside = form_chain(form, level - 1);
  Value* sum = at_level(
      level, [&] { return c_.b.CreateAdd(outside, c_.b.CreateNSWMul(scopes_[level].counter, c_.index(step))); });
  return scopes_[level].chains[key] = sum;
}

llvm::Constant* Kernel::lane_numbers(llvm::Type* word, Dim step) const {
  llvm::SmallVector<llvm::Constant*, 16> numbers;
  for (unsigned lane = 0; lane < lanes_; ++lane) numbers.push_back(ConstantInt::getSigned(word, step * lane));
  return llvm::ConstantVector::get(numbers);
}

Value* Kernel::form(const Affine& a, bool narrow, const Point& p) {
  const int number = intern(a);
  Value* scalar = c_.b.CreateAdd(form_chain(number, level_), c_.index(a.offset + constant_part(number, p)));
  if (narrow) scalar = c_.b.CreateTrunc(scalar, c_.i32);
  if (!varies(loop::indices_of(a))) return scalar;
  return c_.b.CreateAdd(c_.splat(scalar, lanes_), lane_numbers(scalar->getType(), a.coef(lane_index_)));
}

Value* Kernel::quotient(Value* numerator, Dim den) {
  if (den == 1) return numerator;
  return c_.b.CreateSDiv(numerator, ConstantInt::getSigned(numerator->getType(), den));
}

/// The scalar part of an integral form's address: that of lane 0.
Value* Kernel::address(std::int32_t buffer, const Affine& offset, const loop::Digits& digits, const Point& p) {
  const int number = intern(offset, digits);
  Value* base = chain(buffer, number, level_);
  const Dim constant = offset.offset + constant_part(number, p);
  if (constant == 0) return base;
  return c_.b.CreateGEP(c_.in_memory(buffer_type(buffer)), base, c_.index(constant));
}

// ---------------------------------------------------------------- positions read from data

Kernel::Val Kernel::data_coordinate(const loop::DataTerm& d, std::int32_t number, const Mask& mask, const Point& p) {
  std::int32_t id = number * 64 + d.dimension;
  std::uint64_t deps = fact(d.value).deps | loop::indices_of(d.at);
  return cached(Tag::Coordinate, id, mask, deps, p, [&] {
    DType rep = fact(d.value).rep;
    bool plain = d.at.is_constant() && d.at.offset == 0 && d.extent < (Dim{1} << 31);
    DType word = plain && fits_i32(rep) ? DType::I32 : DType::I64;
    Values v{c_.cast(eval(d.value, mask, p), rep, word), quotient(form(d.at, word == DType::I32, p), d.at.den)};
    c_.unify(v);
    Value* coordinate = c_.b.CreateAdd(v[0], v[1]);
    Value* inside =
        c_.b.CreateICmpULT(coordinate, ConstantInt::get(coordinate->getType(), static_cast<std::uint64_t>(d.extent)));
    Value* bad = c_.b.CreateNot(inside);
    if (mask.v) {
      Values both{bad, mask.v};
      c_.unify(both);
      bad = c_.b.CreateAnd(both[0], both[1]);
    }
    if (Code::lanes_of(bad) && p.active < lanes_) bad = c_.b.CreateAnd(bad, active_lanes(p));
    if (!Code::lanes_of(coordinate)) bad = c_.any(bad);
    const loop::Access& a = n_.accesses[static_cast<std::size_t>(number)];
    report(bad, coordinate, d, place_.numbers[static_cast<std::size_t>(a.operand)]);
    llvm::Constant* zero = llvm::Constant::getNullValue(v[0]->getType());
    return Val{c_.b.CreateSelect(inside, v[0], zero), inside};
  });
}

/// Fills `fault`, without a branch, where any lane is bad.
void Kernel::report(Value* bad, Value* coordinate, const loop::DataTerm& d, std::int32_t operand) {
  auto& b = c_.b;
  Value* where = coordinate;
  if (Code::lanes_of(bad)) {
    llvm::Type* bits = b.getIntNTy(lanes_);
    Value* set = b.CreateBitCast(bad, bits);
    Value* lane = b.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, set, b.getFalse());
    lane = b.CreateAnd(b.CreateZExtOrTrunc(lane, c_.i32), b.getInt32(lanes_ - 1));
    where = b.CreateExtractElement(
        b.CreateAdd(c_.splat(coordinate, lanes_),
                    llvm::Constant::getNullValue(c_.like(coordinate->getType()->getScalarType(), bad))),
        lane);
    bad = b.CreateICmpNE(set, llvm::Constant::getNullValue(bits));
  }
  Value* to = b.CreateSelect(bad, f_.fault, f_.nothing);
  auto put = [&](Value* v, std::uint64_t offset) {
    b.CreateAlignedStore(v, b.CreateConstGEP1_64(c_.i8, to, offset), llvm::Align(4));
  };
  put(b.getInt32(static_cast<std::uint32_t>(operand)), offsetof(runtime::Fault, operand));
  put(b.getInt32(static_cast<std::uint32_t>(d.dimension)), offsetof(runtime::Fault, dimension));
  put(b.CreateSExt(where, c_.i64), offsetof(runtime::Fault, index));
  put(c_.index(d.extent), offsetof(runtime::Fault, extent));
  b.CreateStore(b.CreateOr(b.CreateLoad(c_.i32, f_.faulted), b.CreateZExt(bad, c_.i32)), f_.faulted);
}

// ---------------------------------------------------------------- loads

llvm::Constant* Kernel::active_lanes(const Point& p) const {
  llvm::SmallVector<llvm::Constant*, 16> on;
  for (unsigned lane = 0; lane < lanes_; ++lane)
    on.push_back(ConstantInt::getBool(f_.function->getContext(), lane < p.active));
  return llvm::ConstantVector::get(on);
}

/// What masks a vector access; null: nothing.
Value* Kernel::lane_condition(Value* condition, const Point& p) {
  if (condition) condition = c_.splat(condition, lanes_);
  if (p.active == lanes_) return condition;
  llvm::Constant* on = active_lanes(p);
  return condition ? c_.b.CreateAnd(condition, on) : on;
}

Value* Kernel::load_scalar(DType t, Value* at, Value* condition) {
  if (condition) at = c_.b.CreateSelect(c_.any(condition), at, f_.nothing);
  return c_.loaded(c_.b.CreateAlignedLoad(c_.in_memory(t), at, llvm::Align(static_cast<std::uint64_t>(bits_of(t)) / 8)),
                   t);
}

Value* Kernel::load_run(DType t, Value* at, Value* condition, const Point& p) {
  llvm::Type* type = llvm::FixedVectorType::get(c_.in_memory(t), lanes_);
  llvm::Align align(static_cast<std::uint64_t>(bits_of(t)) / 8);
  Value* mask = lane_condition(condition, p);
  if (!mask) return c_.loaded(c_.b.CreateAlignedLoad(type, at, align), t);
  return c_.loaded(c_.b.CreateMaskedLoad(type, at, align, mask, llvm::Constant::getNullValue(type)), t);
}

Value* Kernel::load_reversed(DType t, Value* at, Value* condition, const Point& p) {
  llvm::Type* type = llvm::FixedVectorType::get(c_.in_memory(t), lanes_);
  llvm::Align align(static_cast<std::uint64_t>(bits_of(t)) / 8);
  Value* first = c_.b.CreateGEP(c_.in_memory(t), at, c_.index(1 - static_cast<Dim>(lanes_)));
  Value* mask = lane_condition(condition, p);
  Value* run = mask ? static_cast<Value*>(c_.b.CreateMaskedLoad(type, first, align, c_.b.CreateVectorReverse(mask),
                                                                llvm::Constant::getNullValue(type)))
                    : c_.b.CreateAlignedLoad(type, first, align);
  return c_.loaded(c_.b.CreateVectorReverse(run), t);
}

Value* Kernel::load_gather(DType t, Value* addresses, Value* condition, const Point& p) {
  llvm::Type* type = llvm::FixedVectorType::get(c_.in_memory(t), lanes_);
  Value* mask = lane_condition(condition, p);
  if (!mask) mask = ConstantInt::getTrue(llvm::FixedVectorType::get(c_.i1, lanes_));
  llvm::Align align(static_cast<std::uint64_t>(bits_of(t)) / 8);
  return c_.loaded(c_.b.CreateMaskedGather(type, addresses, align, mask, llvm::Constant::getNullValue(type)), t);
}

Value* Kernel::load(NodeId id, const Mask& mask, const Point& p) {
  const expr::Node& n = n_.node(id);
  const loop::Access& a = n_.accesses[static_cast<std::size_t>(n.operand)];
  auto& b = c_.b;
  llvm::Type* element = c_.in_memory(n.dtype);
  const Shape& shape = n_.in[static_cast<std::size_t>(a.operand)].shape;
  bool narrow = element_count(shape) < (Dim{1} << 31);
  Value *condition = mask.v, *uniform = nullptr, *varying = nullptr;
  for (const loop::DataTerm& d : a.data) {
    Val at = data_coordinate(d, n.operand, mask, p);
    Values both{at.second, condition ? condition : at.second};
    c_.unify(both);
    condition = b.CreateAnd(both[0], both[1]);
    bool lane = Code::lanes_of(at.v) != 0;
    Value* v = c_.cast(at.v, at.v->getType()->getScalarType() == c_.i32 ? DType::I32 : DType::I64,
                       lane && narrow ? DType::I32 : DType::I64);
    v = b.CreateMul(v, ConstantInt::getSigned(v->getType(), d.stride));
    Value*& sum = lane ? varying : uniform;
    sum = sum ? b.CreateAdd(sum, v) : v;
  }
  Value* base;
  if (a.offset.den == 1) {
    base = address(a.operand, a.offset, a.digits, p);
    const Dim step = lane_step(a.offset, a.digits);
    if (!varying && step != 0 && uniform) base = b.CreateGEP(element, base, std::exchange(uniform, nullptr));
    if (!varying && step == 1) return load_run(n.dtype, base, condition, p);
    if (!varying && step == -1) return load_reversed(n.dtype, base, condition, p);
    if (!varying && step != 0 && !condition)
      if (const auto along = transposing_loop(a)) return load_transposed(n.dtype, n.operand, *along, p);
    if (!varying && step > 1 && step <= kNear) return load_strided(n.dtype, base, step, condition, p);
    if (step != 0) {
      Value* lanes = lane_numbers(narrow ? c_.i32 : c_.i64, step);
      varying = varying ? b.CreateAdd(varying, lanes) : lanes;
    }
  } else {
    base = place_.buffers[static_cast<std::size_t>(a.operand + 1)];
    auto [low, high] = range_of(a.offset);
    bool fits = low >= -0x1p31 && high < 0x1p31;
    Value* offset = quotient(form(a.offset, fits, p), a.offset.den);
    bool lane = Code::lanes_of(offset) != 0;
    offset = c_.cast(offset, fits ? DType::I32 : DType::I64, lane && narrow ? DType::I32 : DType::I64);
    Value*& sum = lane ? varying : uniform;
    sum = sum ? b.CreateAdd(sum, offset) : offset;
  }
  if (uniform) base = b.CreateGEP(element, base, uniform);
  if (!varying) return load_scalar(n.dtype, base, condition);
  return load_gather(n.dtype, b.CreateGEP(element, base, varying), condition, p);
}

Value* Kernel::load_output(const Point& p) {
  Value* at = address_of_output(p);
  if (lane_index_ == kNone) return load_scalar(n_.out, at, nullptr);
  const Dim step = lane_step(n_.out_offset, n_.out_digits);
  if (step == 1) return load_run(n_.out, at, nullptr, p);
  return load_gather(n_.out, c_.b.CreateGEP(c_.in_memory(n_.out), at, lane_numbers(c_.i64, step)), nullptr, p);
}

// ---------------------------------------------------------------- stores

void Kernel::store(Value* v, const Point& p) {
  auto& b = c_.b;
  llvm::Align align(static_cast<std::uint64_t>(bits_of(n_.out)) / 8);
  Value* at = address_of_output(p);
  v = c_.stored(v, n_.out);
  if (lane_index_ == kNone) {
    b.CreateAlignedStore(v, at, align);
    return;
  }
  v = c_.splat(v, lanes_);
  const Dim step = lane_step(n_.out_offset, n_.out_digits);
  Value* mask = lane_condition(nullptr, p);
  if (step != 1) {
    Value* all = b.CreateGEP(c_.in_memory(n_.out), at, lane_numbers(c_.i64, step));
    b.CreateMaskedScatter(v, all, align, mask ? mask : ConstantInt::getTrue(llvm::FixedVectorType::get(c_.i1, lanes_)));
  } else if (mask) {
    b.CreateMaskedStore(v, at, align, mask);
  } else {
    b.CreateAlignedStore(v, at, align);
  }
}

}  // namespace tenon::codegen
