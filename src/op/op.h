// What an operator is.
//
// An operator is a plain struct in a file of its own, plus a line in ops.inc:
//
//   struct Relu {
//     static constexpr std::string_view name = "relu";
//     static constexpr std::string_view doc = "max(x, 0).";
//     static constexpr Traits traits{.elementwise = true};
//     // attributes, if any:  i64 axis = -1;  static void fields(auto& self, auto&& f) { f("axis", self.axis); }
//     Types infer(Operands in) const;                               // the one rule for shapes and dtypes
//     expr::Expr define(std::span<const Type> in) const;            // or expand(Builder&, in), or evaluate(in[, call])
//     Values vjp(Builder&, in, out, grad) const;                    // optional
//     static std::vector<Case<Relu>> samples();
//   };
//
// Everything else (text form, hash, gradient, compiled code, cost, tests, reference pages) follows.
#pragma once
#include <concepts>
#include <span>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "expr/build.h"
#include "ir/graph.h"

namespace tenon {

/// A case of an operator's samples(): the operator with its attributes, and its operands.
template <class T>
struct Case {
  T op;
  std::vector<SampleInput> inputs;
};

template <class T>
concept OperatorStruct = std::copy_constructible<T> && requires(const T& op, Operands in) {
  { T::name } -> std::convertible_to<std::string_view>;
  { T::doc } -> std::convertible_to<std::string_view>;
  { T::traits } -> std::convertible_to<Traits>;
  { op.infer(in) } -> std::same_as<Types>;
  { T::samples() } -> std::same_as<std::vector<Case<T>>>;
};

/// The struct as an immutable operator. Instantiated for every line of ops.inc (see op/model.h).
template <OperatorStruct T>
OpRef make_op(T op);

/// The struct inside `op`, or nullptr where it is another operator.
template <OperatorStruct T>
const T* get_if(const Op& op);

/// Checks for `infer`, with messages that begin with the operator's name.
void require_operands(std::string_view op, Operands in, std::size_t count);
void require_float(std::string_view op, const Type& t);
/// The axis counted from the front; negative ones are given from the back.
i64 require_axis(std::string_view op, const Type& t, i64 axis);
/// Same dtype for all operands; returns it.
DType require_same_dtype(std::string_view op, Operands in);

}  // namespace tenon
