// What reductions over axes share.
#pragma once
#include <functional>

#include "op/op.h"

namespace tenon {

/// Distinct axes from 0 to rank-1, ascending; all of them where `axes` is empty. Throws Error.
Ints reduced_axes(std::string_view op, const Ints& axes, i64 rank);
Shape reduced_shape(const Shape& shape, const Ints& axes, bool keep_dims);
/// Throws Error where the axes hold no element (a maximum of nothing).
void require_elements(std::string_view op, const Type& in, const Ints& axes);

/// The result of a reduction of one float operand that keeps its element type.
Types infer_float_reduction(std::string_view op, Operands in, const Ints& axes, bool keep_dims);
/// The same of floats and integers.
Types infer_number_reduction(std::string_view op, Operands in, const Ints& axes, bool keep_dims);

/// result(over, x): the scalar that is computed from the indices reduced over and the operand's element.
using ReductionFormula = std::function<expr::Scalar(const std::vector<expr::Index>& over, const expr::Scalar& x)>;
/// x / count, which may be unknown.
expr::Scalar divided(const expr::Scalar& x, Dim count);
expr::Expr define_reduction(const Type& in, const Ints& axes, bool keep_dims, const ReductionFormula& result);

/// The sum of element(x), computed in the wider type that sums of x are accumulated in and rounded once.
expr::Expr define_sum_of(const Type& in, const Ints& axes, bool keep_dims,
                         const std::function<expr::Scalar(const expr::Scalar&)>& element);

struct ReductionCase {
  Type type;
  Ints axes;
  bool keep_dims = false;
};
/// Ranks 0 to 4, one, several and all axes, kept or not; `empty` adds sums over nothing.
std::vector<ReductionCase> reduction_cases(const std::vector<DType>& dtypes, bool empty);

/// Samples of a reduction with fields `axes` and `keep_dims`, in that order.
template <class T>
std::vector<Case<T>> reduction_samples(const std::vector<DType>& dtypes, bool empty, double low = -2, double high = 2) {
  std::vector<Case<T>> list;
  for (const ReductionCase& c : reduction_cases(dtypes, empty))
    list.push_back({T{.axes = c.axes, .keep_dims = c.keep_dims},
                    {{c.type, is_signed(c.type.dtype) ? low : 0, high, is_float(c.type.dtype)}}});
  return list;
}

/// The number of elements over the axes, which are as reduced_axes gives them.
double reduced_count(const Shape& shape, const Ints& axes);

/// Every float and integer type.
template <class T>
std::vector<Case<T>> number_reduction_samples() {
  return reduction_samples<T>(
      {DType::F32, DType::F64, DType::F16, DType::BF16, DType::I64, DType::I32, DType::I16, DType::I8, DType::U8},
      true);
}

/// Of variance and what is computed from it: with a field `correction` besides.
template <class T>
std::vector<Case<T>> deviation_samples() {
  auto list = reduction_samples<T>({DType::F32, DType::F64, DType::F16, DType::BF16}, true);
  list.push_back({{.axes = {1}, .correction = 1}, {{{DType::F32, {3, 5}}}}});
  list.push_back({{.axes = {0}, .keep_dims = true, .correction = -2}, {{{DType::F64, {3, 5}}}}});
  return list;
}

/// g, of the shape without the reduced axes, back at the rank of the operand: extents of 1 where it was reduced.
Value with_reduced_dims(Builder& b, const Value& g, const Shape& operand, const Ints& axes);

}  // namespace tenon
