#include "op/reduce/reduction.h"

#include <algorithm>

#include "op/shape/reshape.h"

namespace tenon {

Ints reduced_axes(std::string_view op, const Ints& axes, i64 rank) {
  Ints result;
  if (axes.empty())
    for (i64 a = 0; a < rank; ++a) result.push_back(a);
  for (i64 a : axes) {
    require(a >= -rank && a < rank, "{}: axis {} is out of range for rank {}", op, a, rank);
    result.push_back(normal_axis(a, rank));
  }
  std::sort(result.begin(), result.end());
  require(std::adjacent_find(result.begin(), result.end()) == result.end(), "{}: the axes {} name one axis twice", op,
          axes);
  return result;
}

namespace {
bool contains(const Ints& axes, std::size_t axis) {
  return std::find(axes.begin(), axes.end(), static_cast<i64>(axis)) != axes.end();
}
}  // namespace

Shape reduced_shape(const Shape& shape, const Ints& axes, bool keep_dims) {
  Shape result;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (!contains(axes, d))
      result.push_back(shape[d]);
    else if (keep_dims)
      result.push_back(1);
  }
  return result;
}

void require_elements(std::string_view op, const Type& in, const Ints& axes) {
  for (i64 a : axes)
    require(in.shape[static_cast<std::size_t>(a)] > 0, "{}: axis {} of {} is empty, so there is no element to give", op,
            a, in);
}

Types infer_float_reduction(std::string_view op, Operands in, const Ints& axes, bool keep_dims) {
  require_operands(op, in, 1);
  const Type& x = in[0].type;
  require_float(op, x);
  return {Type{x.dtype, reduced_shape(x.shape, reduced_axes(op, axes, x.rank()), keep_dims)}};
}

Types infer_number_reduction(std::string_view op, Operands in, const Ints& axes, bool keep_dims) {
  require_operands(op, in, 1);
  const Type& x = in[0].type;
  require(is_number(x.dtype), "{}: takes floats and integers, given {}; cast it first", op, x.dtype);
  return {Type{x.dtype, reduced_shape(x.shape, reduced_axes(op, axes, x.rank()), keep_dims)}};
}

expr::Expr define_sum_of(const Type& in, const Ints& axes, bool keep_dims,
                         const std::function<expr::Scalar(const expr::Scalar&)>& element) {
  return define_reduction(in, axes, keep_dims, [&](const auto& over, const expr::Scalar& x) {
    return expr::cast(x.dtype(), expr::sum(over, element(expr::cast(accumulate_type(x.dtype()), x))));
  });
}

expr::Scalar divided(const expr::Scalar& x, Dim count) {
  if (count.is_constant()) return x / static_cast<double>(count);
  return x / expr::cast(x.dtype(), expr::value(expr::Affine(count)));
}

expr::Expr define_reduction(const Type& in, const Ints& axes, bool keep_dims, const ReductionFormula& result) {
  expr::Input x(0, in);
  auto all = expr::indices(in.shape);
  std::vector<expr::Index> over;
  std::vector<expr::OutDim> out;
  for (std::size_t d = 0; d < all.size(); ++d) {
    if (!contains(axes, d)) {
      out.emplace_back(all[d]);
      continue;
    }
    over.push_back(all[d]);
    if (keep_dims) out.emplace_back(expr::Index("one", 1));
  }
  return expr::compute({in}, out, result(over, x(expr::ats(all))));
}

std::vector<ReductionCase> reduction_cases(const std::vector<DType>& dtypes, bool empty) {
  std::vector<ReductionCase> list;
  DType first = dtypes[0];
  const Shape flat{3, 5}, deep{2, 3, 1, 4};
  list.push_back({{first, flat}, {1}, false});
  list.push_back({{first, flat}, {0}, true});
  list.push_back({{first, flat}, {}, false});
  list.push_back({{first, {}}, {}, false});
  list.push_back({{first, {7}}, {-1}, true});
  list.push_back({{first, deep}, {0, 2}, false});
  list.push_back({{first, deep}, {1, -1}, true});
  list.push_back({{first, {0, 3}}, {1}, false});
  if (empty) list.push_back({{first, {2, 0}}, {1}, false});
  for (std::size_t k = 1; k < dtypes.size(); ++k) list.push_back({{dtypes[k], flat}, {static_cast<i64>(k) % 2}, false});
  return list;
}

double reduced_count(const Shape& shape, const Ints& axes) {
  double count = 1;
  for (const i64 a : axes) count *= static_cast<double>(shape[static_cast<std::size_t>(a)]);
  return count;
}

Value with_reduced_dims(Builder& b, const Value& g, const Shape& operand, const Ints& axes) {
  return b.apply1(make_op(Reshape{reduced_shape(operand, axes, true)}), {g});
}

}  // namespace tenon
