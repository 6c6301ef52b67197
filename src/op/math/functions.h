// Element-wise functions of tensors, with NumPy's broadcasting. Operands of different element types are promoted
// (tenon::promote); a C++ number takes the element type of the tensor beside it.
#pragma once
#include <type_traits>

#include "op/handle.h"
#include "op/math/abs.h"
#include "op/math/acos.h"
#include "op/math/acosh.h"
#include "op/math/add.h"
#include "op/math/asin.h"
#include "op/math/asinh.h"
#include "op/math/atan.h"
#include "op/math/atan2.h"
#include "op/math/atanh.h"
#include "op/math/bit_and.h"
#include "op/math/bit_not.h"
#include "op/math/bit_or.h"
#include "op/math/bit_xor.h"
#include "op/math/cast.h"
#include "op/math/ceil.h"
#include "op/math/clip.h"
#include "op/math/cos.h"
#include "op/math/cosh.h"
#include "op/math/div.h"
#include "op/math/equal.h"
#include "op/math/erf.h"
#include "op/math/exp.h"
#include "op/math/expm1.h"
#include "op/math/floor.h"
#include "op/math/floor_divide.h"
#include "op/math/fmod.h"
#include "op/math/greater.h"
#include "op/math/greater_equal.h"
#include "op/math/is_finite.h"
#include "op/math/is_inf.h"
#include "op/math/is_nan.h"
#include "op/math/lerp.h"
#include "op/math/less.h"
#include "op/math/less_equal.h"
#include "op/math/log.h"
#include "op/math/log1p.h"
#include "op/math/logical_and.h"
#include "op/math/logical_not.h"
#include "op/math/logical_or.h"
#include "op/math/logical_xor.h"
#include "op/math/maximum.h"
#include "op/math/minimum.h"
#include "op/math/mod.h"
#include "op/math/mul.h"
#include "op/math/neg.h"
#include "op/math/not_equal.h"
#include "op/math/pow.h"
#include "op/math/reciprocal.h"
#include "op/math/round.h"
#include "op/math/rsqrt.h"
#include "op/math/shift_left.h"
#include "op/math/shift_right.h"
#include "op/math/sign.h"
#include "op/math/sin.h"
#include "op/math/sinh.h"
#include "op/math/sqrt.h"
#include "op/math/square.h"
#include "op/math/stop_gradient.h"
#include "op/math/sub.h"
#include "op/math/tan.h"
#include "op/math/tanh.h"
#include "op/math/trunc.h"
#include "op/math/where.h"

namespace tenon {

/// x itself where it has the type already.
template <Handle V>
V cast(const V& x, DType dtype) {
  return x.dtype() == dtype ? x : detail::apply_to<V>(Cast{dtype}, {x});
}

namespace detail {

template <class A>
concept Arithmetic = std::is_arithmetic_v<A>;

/// Two operands of a binary function: handles of one kind, or one handle and one C++ number.
template <class A, class B>
concept OperandPair = (Handle<A> && std::same_as<A, B>) || (Handle<A> && Arithmetic<B>) || (Arithmetic<A> && Handle<B>);

template <Handle V>
V operand(const V& x, const V&) {
  return x;
}
template <Arithmetic N, Handle V>
V operand(N number, const V& like) {
  return lifted(static_cast<double>(number), like);
}

template <class Op, Handle V>
V binary_of(const V& a, const V& b) {
  DType t = promote(a.dtype(), b.dtype());
  return apply_to<V>(Op{}, {cast(a, t), cast(b, t)});
}
template <class Op, class A, class B>
auto binary(const A& a, const B& b) {
  if constexpr (Handle<A>)
    return binary_of<Op, A>(a, operand(b, a));
  else
    return binary_of<Op, B>(operand(a, b), b);
}

}  // namespace detail

template <Handle V>
V neg(const V& x) {
  return detail::apply_to<V>(Neg{}, {x});
}
template <Handle V>
V abs(const V& x) {
  return detail::apply_to<V>(Abs{}, {x});
}
template <Handle V>
V sign(const V& x) {
  return detail::apply_to<V>(Sign{}, {x});
}
template <Handle V>
V floor(const V& x) {
  return detail::apply_to<V>(Floor{}, {x});
}
template <Handle V>
V ceil(const V& x) {
  return detail::apply_to<V>(Ceil{}, {x});
}
template <Handle V>
V round(const V& x) {
  return detail::apply_to<V>(Round{}, {x});
}
template <Handle V>
V exp(const V& x) {
  return detail::apply_to<V>(Exp{}, {x});
}
template <Handle V>
V log(const V& x) {
  return detail::apply_to<V>(Log{}, {x});
}
template <Handle V>
V log1p(const V& x) {
  return detail::apply_to<V>(Log1p{}, {x});
}
template <Handle V>
V expm1(const V& x) {
  return detail::apply_to<V>(Expm1{}, {x});
}
template <Handle V>
V sqrt(const V& x) {
  return detail::apply_to<V>(Sqrt{}, {x});
}
template <Handle V>
V rsqrt(const V& x) {
  return detail::apply_to<V>(Rsqrt{}, {x});
}
template <Handle V>
V sin(const V& x) {
  return detail::apply_to<V>(Sin{}, {x});
}
template <Handle V>
V cos(const V& x) {
  return detail::apply_to<V>(Cos{}, {x});
}
template <Handle V>
V tan(const V& x) {
  return detail::apply_to<V>(Tan{}, {x});
}
template <Handle V>
V asin(const V& x) {
  return detail::apply_to<V>(Asin{}, {x});
}
template <Handle V>
V acos(const V& x) {
  return detail::apply_to<V>(Acos{}, {x});
}
template <Handle V>
V atan(const V& x) {
  return detail::apply_to<V>(Atan{}, {x});
}
template <Handle V>
V sinh(const V& x) {
  return detail::apply_to<V>(Sinh{}, {x});
}
template <Handle V>
V cosh(const V& x) {
  return detail::apply_to<V>(Cosh{}, {x});
}
template <Handle V>
V asinh(const V& x) {
  return detail::apply_to<V>(Asinh{}, {x});
}
template <Handle V>
V acosh(const V& x) {
  return detail::apply_to<V>(Acosh{}, {x});
}
template <Handle V>
V atanh(const V& x) {
  return detail::apply_to<V>(Atanh{}, {x});
}
template <Handle V>
V tanh(const V& x) {
  return detail::apply_to<V>(Tanh{}, {x});
}
template <Handle V>
V erf(const V& x) {
  return detail::apply_to<V>(Erf{}, {x});
}
template <Handle V>
V reciprocal(const V& x) {
  return detail::apply_to<V>(Reciprocal{}, {x});
}
template <Handle V>
V trunc(const V& x) {
  return detail::apply_to<V>(Trunc{}, {x});
}
template <Handle V>
V is_nan(const V& x) {
  return detail::apply_to<V>(IsNan{}, {x});
}
template <Handle V>
V is_finite(const V& x) {
  return detail::apply_to<V>(IsFinite{}, {x});
}
template <Handle V>
V is_inf(const V& x, bool detect_positive = true, bool detect_negative = true) {
  return detail::apply_to<V>(IsInf{.detect_positive = detect_positive, .detect_negative = detect_negative}, {x});
}
/// No bound where it is infinite.
template <Handle V>
V clip(const V& x, double min, double max) {
  return detail::apply_to<V>(Clip{.min = min, .max = max}, {x});
}
template <Handle V>
V bit_not(const V& x) {
  return detail::apply_to<V>(BitNot{}, {x});
}
template <Handle V>
V square(const V& x) {
  return detail::apply_to<V>(Square{}, {x});
}
template <Handle V>
V logical_not(const V& x) {
  return detail::apply_to<V>(LogicalNot{}, {x});
}
template <Handle V>
V stop_gradient(const V& x) {
  return detail::apply_to<V>(StopGradient{}, {x});
}

template <class A, class B>
  requires detail::OperandPair<A, B>
auto add(const A& a, const B& b) {
  return detail::binary<Add>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto sub(const A& a, const B& b) {
  return detail::binary<Sub>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto mul(const A& a, const B& b) {
  return detail::binary<Mul>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto div(const A& a, const B& b) {
  return detail::binary<Div>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto pow(const A& a, const B& b) {
  return detail::binary<Pow>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto mod(const A& a, const B& b) {
  return detail::binary<Mod>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto fmod(const A& a, const B& b) {
  return detail::binary<Fmod>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto floor_divide(const A& a, const B& b) {
  return detail::binary<FloorDivide>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto atan2(const A& a, const B& b) {
  return detail::binary<Atan2>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto bit_and(const A& a, const B& b) {
  return detail::binary<BitAnd>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto bit_or(const A& a, const B& b) {
  return detail::binary<BitOr>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto bit_xor(const A& a, const B& b) {
  return detail::binary<BitXor>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto shift_left(const A& a, const B& b) {
  return detail::binary<ShiftLeft>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto shift_right(const A& a, const B& b) {
  return detail::binary<ShiftRight>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto maximum(const A& a, const B& b) {
  return detail::binary<Maximum>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto minimum(const A& a, const B& b) {
  return detail::binary<Minimum>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto equal(const A& a, const B& b) {
  return detail::binary<Equal>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto not_equal(const A& a, const B& b) {
  return detail::binary<NotEqual>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto less(const A& a, const B& b) {
  return detail::binary<Less>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto less_equal(const A& a, const B& b) {
  return detail::binary<LessEqual>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto greater(const A& a, const B& b) {
  return detail::binary<Greater>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto greater_equal(const A& a, const B& b) {
  return detail::binary<GreaterEqual>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto logical_and(const A& a, const B& b) {
  return detail::binary<LogicalAnd>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto logical_or(const A& a, const B& b) {
  return detail::binary<LogicalOr>(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto logical_xor(const A& a, const B& b) {
  return detail::binary<LogicalXor>(a, b);
}

/// `a` where the condition holds, else `b`; one of the two may be a number.
template <Handle V, class A, class B>
  requires detail::OperandPair<A, B>
V where(const V& condition, const A& a, const B& b) {
  auto choose = [&](const V& x, const V& y) {
    DType t = promote(x.dtype(), y.dtype());
    return detail::apply_to<V>(Where{}, {condition, cast(x, t), cast(y, t)});
  };
  if constexpr (Handle<A>)
    return choose(a, detail::operand(b, a));
  else
    return choose(detail::operand(a, b), b);
}

/// From a, where the weight is 0, to b, where it is 1; the weight may be a number.
template <Handle V, class W>
  requires detail::OperandPair<V, W>
V lerp(const V& a, const V& b, const W& weight) {
  return detail::apply_to<V>(Lerp{}, {a, b, detail::operand(weight, a)});
}

// The comparison operators give bool tensors; equality is `equal(a, b)`, since `==` compares handles.
template <Handle V>
V operator-(const V& x) {
  return neg(x);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto operator+(const A& a, const B& b) {
  return add(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto operator-(const A& a, const B& b) {
  return sub(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto operator*(const A& a, const B& b) {
  return mul(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto operator/(const A& a, const B& b) {
  return div(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto operator<(const A& a, const B& b) {
  return less(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto operator<=(const A& a, const B& b) {
  return less_equal(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto operator>(const A& a, const B& b) {
  return greater(a, b);
}
template <class A, class B>
  requires detail::OperandPair<A, B>
auto operator>=(const A& a, const B& b) {
  return greater_equal(a, b);
}

}  // namespace tenon
