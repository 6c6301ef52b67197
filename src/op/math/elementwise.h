// What element-wise operators share: checks, broadcasting, samples. An operator adds its name and its formula.
#pragma once
#include <functional>

#include "op/op.h"

namespace tenon {

/// Which element types an operator takes.
enum class Accepts : std::uint8_t { Floats, Integers, Numbers, Bools, All /* but texts */, Any };

/// Throws Error that begins with the operator's name and proposes a cast.
void require_accepted(std::string_view op, Accepts accepts, DType given);

/// Coordinates of an operand that is broadcast to `out`: aligned at the right, extents of 1 are read at 0.
std::vector<expr::At> broadcast_at(const Shape& operand, const std::vector<expr::Index>& out);

/// A scalar formula of `inputs.size()` operands under NumPy's broadcasting.
using ScalarFormula = std::function<expr::Scalar(std::span<const expr::Scalar>)>;
expr::Expr define_elementwise(std::span<const Type> in, const ScalarFormula& formula);
Shape broadcast_operands(std::string_view op, Operands in);

/// Sample values: floats in [low, high), integers in [int_low, int_high).
struct SampleRange {
  double low = -2, high = 2;
  i64 int_low = -5, int_high = 6;
};
SampleInput sample_input(Type type, const SampleRange& range);
/// Operand lists: every accepted element type, ranks 0 to 4, an empty tensor; for two and more operands broadcasting.
std::vector<std::vector<SampleInput>> elementwise_inputs(Accepts accepts, std::span<const SampleRange> ranges);

template <class T>
std::vector<Case<T>> cases_of(const T& op, const std::vector<std::vector<SampleInput>>& inputs) {
  std::vector<Case<T>> list;
  for (const auto& in : inputs) list.push_back({op, in});
  return list;
}

/// What Unary and Binary demand, as `constraints` (op/catalogue.h).
constexpr std::string_view unary_constraints(Accepts accepts) {
  switch (accepts) {
    case Accepts::Floats:
      return R"(
        there is one operand | ()
        x is a float | (i32[2]))";
    case Accepts::Integers:
      return R"(
        there is one operand | ()
        x is an integer | (f32[2]))";
    case Accepts::Numbers:
      return R"(
        there is one operand | ()
        x is a float or an integer | (bool[2]))";
    case Accepts::Bools:
      return R"(
        there is one operand | ()
        x is bool | (f32[2]))";
    case Accepts::All:
      return R"(
        there is one operand | ()
        x is no text | (str[2]))";
    case Accepts::Any: break;
  }
  return "there is one operand | ()";
}
constexpr std::string_view binary_constraints(Accepts accepts) {
  switch (accepts) {
    case Accepts::Floats:
      return R"(
        there are two operands | (f32[2])
        both have one element type | (f32[2], f64[2])
        they are floats | (i32[2], i32[2])
        the shapes broadcast | (f32[2], f32[3]))";
    case Accepts::Integers:
      return R"(
        there are two operands | (i32[2])
        both have one element type | (i32[2], i64[2])
        they are integers | (f32[2], f32[2])
        the shapes broadcast | (i32[2], i32[3]))";
    case Accepts::Numbers:
      return R"(
        there are two operands | (f32[2])
        both have one element type | (f32[2], f64[2])
        they are floats or integers | (bool[2], bool[2])
        the shapes broadcast | (f32[2], f32[3]))";
    case Accepts::Bools:
      return R"(
        there are two operands | (bool[2])
        both have one element type | (bool[2], f32[2])
        they are bool | (f32[2], f32[2])
        the shapes broadcast | (bool[2], bool[3]))";
    case Accepts::All:
      return R"(
        there are two operands | (f32[2])
        both have one element type | (f32[2], f64[2])
        they are no texts | (str[2], str[2])
        the shapes broadcast | (f32[2], f32[3]))";
    case Accepts::Any: break;
  }
  return R"(
    there are two operands | (f32[2])
    both have one element type | (f32[2], f64[2])
    the shapes broadcast | (f32[2], f32[3]))";
}

/// y = formula(x).
template <class T>
struct Unary {
  static constexpr Traits traits{.elementwise = true};
  static constexpr Accepts accepts = Accepts::Floats;
  static constexpr std::string_view constraints = unary_constraints(T::accepts);
  static constexpr SampleRange range{};

  Types infer(Operands in) const {
    require_operands(T::name, in, 1);
    require_accepted(T::name, T::accepts, in[0].type.dtype);
    return {in[0].type};
  }
  expr::Expr define(std::span<const Type> in) const {
    return define_elementwise(in, [this](auto x) { return static_cast<const T&>(*this).formula(x[0]); });
  }
  static std::vector<Case<T>> samples() { return cases_of(T{}, elementwise_inputs(T::accepts, {&T::range, 1})); }
};

/// Samples of a Unary operator with attributes: as it is by default, and a small f32 operand for each variant.
template <class T>
std::vector<Case<T>> samples_with(const std::vector<T>& variants) {
  auto list = cases_of(T{}, elementwise_inputs(T::accepts, {&T::range, 1}));
  for (const T& op : variants) list.push_back({op, {sample_input({DType::F32, {4, 3}}, T::range)}});
  return list;
}

/// A question about a float: the result is bool.
template <class T>
struct Predicate : Unary<T> {
  Types infer(Operands in) const {
    Types types = Unary<T>::infer(in);
    types[0].dtype = DType::Bool;
    return types;
  }
};

/// z = formula(x, y), broadcasting; the result has the operands' type, or bool where `compares`.
template <class T>
struct Binary {
  static constexpr Traits traits{.elementwise = true};
  static constexpr Accepts accepts = Accepts::Numbers;
  static constexpr std::string_view constraints = binary_constraints(T::accepts);
  static constexpr bool compares = false;
  static constexpr SampleRange range_a{}, range_b{};

  Types infer(Operands in) const {
    require_operands(T::name, in, 2);
    DType t = require_same_dtype(T::name, in);
    require_accepted(T::name, T::accepts, t);
    return {Type{T::compares ? DType::Bool : t, broadcast_operands(T::name, in)}};
  }
  expr::Expr define(std::span<const Type> in) const {
    return define_elementwise(in, [this](auto x) { return static_cast<const T&>(*this).formula(x[0], x[1]); });
  }
  static std::vector<Case<T>> samples() {
    const SampleRange ranges[2]{T::range_a, T::range_b};
    return cases_of(T{}, elementwise_inputs(T::accepts, ranges));
  }
};

/// A comparison: any element types, result bool. Operands are drawn from few integers, so that ties occur.
template <class T>
struct Comparison : Binary<T> {
  static constexpr Accepts accepts = Accepts::All;
  static constexpr bool compares = true;
  static constexpr SampleRange range_a{.int_low = 0, .int_high = 3}, range_b = range_a;
};

/// Bits of integers.
template <class T>
struct Bitwise : Binary<T> {
  static constexpr Accepts accepts = Accepts::Integers;
};

/// Logic on bool.
template <class T>
struct Logical : Binary<T> {
  static constexpr Traits traits{.elementwise = true, .commutative = true};
  static constexpr Accepts accepts = Accepts::Bools;
};

}  // namespace tenon
