// What the user-facing functions are written over: a handle on a tensor. Value is one; the eager Tensor is another.
#pragma once
#include <concepts>
#include <initializer_list>
#include <span>
#include <vector>

#include "ir/graph.h"
#include "op/op.h"

namespace tenon {

/// A handle type says how an operator is applied to handles (`apply_op` gives its first output, `apply_outputs` all)
/// and how a C++ number becomes a scalar of the element type of another handle (`lift`), both found by
/// argument-dependent lookup.
template <class V>
concept Handle = std::copy_constructible<V> && requires(const V& x, OpRef op, std::span<const V> args) {
  { x.type() } -> std::convertible_to<Type>;
  { x.dtype() } -> std::same_as<DType>;
  { apply_op(op, args) } -> std::same_as<V>;
  { apply_outputs(op, args) } -> std::same_as<std::vector<V>>;
  { lift(1.0, x) } -> std::same_as<V>;
};

/// A value that grows through a Builder: in it, the functions write the expansions and gradients of operators.
struct Built {
  Builder* builder = nullptr;
  Value value;
  const Type& type() const { return value.type(); }
  DType dtype() const { return value.dtype(); }
  const Shape& shape() const { return value.shape(); }
  i64 rank() const { return value.rank(); }
};

std::vector<Value> apply_outputs(OpRef op, std::span<const Value> args);
Value apply_op(OpRef op, std::span<const Value> args);
/// At least one operand, which says the builder.
std::vector<Built> apply_outputs(OpRef op, std::span<const Built> args);
Built apply_op(OpRef op, std::span<const Built> args);
/// A constant in the graph.
Value lift(double number, const Value& like);
Built lift(double number, const Built& like);

/// Throws Error where a number cannot stand beside elements of type `t`: a fraction beside integers, a value that the
/// integer type does not hold, anything beside bool.
void require_liftable(double number, DType t);

namespace detail {

template <Handle V, class T>
V apply_to(T op, std::initializer_list<V> args) {
  return apply_op(make_op(std::move(op)), std::span<const V>(args.begin(), args.size()));
}

template <Handle V, class T>
std::vector<V> outputs_of(T op, std::initializer_list<V> args) {
  return apply_outputs(make_op(std::move(op)), std::span<const V>(args.begin(), args.size()));
}

template <Handle V, class T>
std::vector<V> outputs_of(T op, const std::vector<V>& args) {
  return apply_outputs(make_op(std::move(op)), std::span<const V>(args));
}

template <Handle V>
V lifted(double number, const V& like) {
  require_liftable(number, like.dtype());
  return lift(number, like);
}

}  // namespace detail
}  // namespace tenon
