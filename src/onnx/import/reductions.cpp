// Reductions and constants.
#include <algorithm>
#include <cmath>
#include <limits>

#include "onnx/converters.h"
#include "op/functions.h"
#include "tensor/strings.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

/// Axes are an attribute before `since`, an input from there on. Nothing where there is nothing to reduce.
std::optional<Ints> axes_of(const NodeView& n, i64 since) {
  const i64 rank = n.in(0).rank();
  Ints axes;
  if (n.opset() < since)
    axes = n.ints("axes", Ints{});
  else if (n.has(1))
    axes = n.ints_of(1);
  if (axes.empty()) {
    if (n.opset() >= since && n.flag("noop_with_empty_axes", false)) return {};
    for (i64 k = 0; k < rank; ++k) axes.push_back(k);
  }
  for (i64& a : axes) a = normal_axis(a, rank);
  return axes;
}

using Reduce = Value (*)(const Value&, const Ints&, bool);

Results reduced(const NodeView& n, i64 since, Reduce reduce, Reduce nothing = nullptr) {
  const Value x = n.in(0);
  const std::optional<Ints> axes = axes_of(n, since);
  if (!axes) return {nothing ? nothing(x, {}, true) : x};
  // Our reductions read no axes as all of them; of a scalar there are none.
  return {reduce(x, *axes, n.flag("keepdims", true))};
}

Value sum_of(const Value& x, const Ints& axes, bool keep) { return sum(x, axes, keep); }
/// Of integers rounded towards zero.
Value mean_of_axes(const Value& x, const Ints& axes, bool keep) {
  if (is_float(x.dtype())) return mean(x, axes, keep);
  return cast(trunc(mean(cast(x, DType::F64), axes, keep)), x.dtype());
}
/// What nothing has as its extreme element: the lowest number of the type, or the highest.
Value extreme_of_nothing(DType t, bool highest) {
  if (is_float(t)) return constant_of(Array::scalar(highest ? HUGE_VAL : -HUGE_VAL, t));
  const i64 lowest = is_signed(t) ? std::numeric_limits<i64>::min() >> (64 - bits_of(t)) : 0;
  return constant_of(Array::scalar(Number::of_int(highest ? ~lowest : lowest), DType::I64).cast(t));
}

/// max or min, also where there are no elements.
template <Value (*Of)(const Value&, const Ints&, bool)>
Value extreme(const Value& x, const Ints& axes, bool keep, bool highest_of_nothing) {
  const auto is_empty = [&](i64 a) { return x.shape()[static_cast<std::size_t>(a)] == Dim(0); };
  if (std::ranges::none_of(axes, is_empty)) return Of(x, axes, keep);
  return broadcast(extreme_of_nothing(x.dtype(), highest_of_nothing), sum(x, axes, keep).shape());
}
Value max_of(const Value& x, const Ints& axes, bool keep) {
  return x.dtype() == DType::Bool ? any(x, axes, keep) : extreme<max>(x, axes, keep, false);
}
Value min_of(const Value& x, const Ints& axes, bool keep) {
  return x.dtype() == DType::Bool ? all(x, axes, keep) : extreme<min>(x, axes, keep, true);
}
Value prod_of(const Value& x, const Ints& axes, bool keep) { return prod(x, axes, keep); }
Value l1_of(const Value& x, const Ints& axes, bool keep) { return sum(abs(x), axes, keep); }
Value square_sum_of(const Value& x, const Ints& axes, bool keep) { return sum_square(x, axes, keep); }
/// What needs a root or a logarithm, of integers by way of f64.
template <Value (*Of)(const Value&, const Ints&, bool)>
Value by_floats(const Value& x, const Ints& axes, bool keep) {
  return is_float(x.dtype()) ? Of(x, axes, keep) : cast(Of(cast(x, DType::F64), axes, keep), x.dtype());
}
Value l2_of(const Value& x, const Ints& axes, bool keep) { return norm_l2(x, axes, keep); }
Value log_sum_of(const Value& x, const Ints& axes, bool keep) { return log_sum(x, axes, keep); }
Value log_sum_exp_of(const Value& x, const Ints& axes, bool keep) { return log_sum_exp(x, axes, keep); }

/// Of no axes: each element by itself.
Value each_abs(const Value& x, const Ints&, bool) { return abs(x); }
Value each_square(const Value& x, const Ints&, bool) { return x * x; }
Value each_log(const Value& x, const Ints&, bool) { return log(x); }

Results reduce_sum(const NodeView& n) { return reduced(n, 13, sum_of); }
Results reduce_mean(const NodeView& n) { return reduced(n, 18, mean_of_axes); }
Results reduce_max(const NodeView& n) { return reduced(n, 18, max_of); }
Results reduce_min(const NodeView& n) { return reduced(n, 18, min_of); }
Results reduce_prod(const NodeView& n) { return reduced(n, 18, prod_of); }
Results reduce_l1(const NodeView& n) { return reduced(n, 18, l1_of, each_abs); }
Results reduce_l2(const NodeView& n) { return reduced(n, 18, by_floats<l2_of>, each_abs); }
Results reduce_log_sum(const NodeView& n) { return reduced(n, 18, by_floats<log_sum_of>, each_log); }
Results reduce_log_sum_exp(const NodeView& n) { return reduced(n, 18, by_floats<log_sum_exp_of>); }
Results reduce_sum_square(const NodeView& n) { return reduced(n, 18, square_sum_of, each_square); }

Results constant_value(const NodeView& n) {
  require(!n.has_attribute("sparse_value"), "attribute sparse_value is not supported; give its elements as value");
  if (n.has_attribute("value")) return {constant_of(n.tensor("value"))};
  if (n.has_attribute("value_float")) return {constant_of(Array::scalar(n.real("value_float"), DType::F32))};
  if (n.has_attribute("value_int"))
    return {constant_of(Array::scalar(Number::of_int(n.integer("value_int")), DType::I64))};
  if (n.has_attribute("value_string")) return {constant_of(array_of_texts({n.text("value_string")}, {}))};
  if (n.has_attribute("value_ints")) return {constant_of(n.ints("value_ints"))};
  if (n.has_attribute("value_floats")) {
    const std::vector<double> list = n.reals("value_floats");
    const std::vector<float> floats(list.begin(), list.end());
    return {constant_of(Array::from<float>(floats, {static_cast<i64>(floats.size())}))};
  }
  if (n.has_attribute("value_strings")) {
    const std::vector<std::string> list = n.texts("value_strings");
    return {constant_of(array_of_texts(list, {static_cast<i64>(list.size())}))};
  }
  fail("it has none of the attributes value, value_float(s), value_int(s) and value_string(s)");
}

constexpr Entry kOperators[] = {{"Constant", constant_value},
                                {"ReduceL1", reduce_l1},
                                {"ReduceL2", reduce_l2},
                                {"ReduceLogSum", reduce_log_sum},
                                {"ReduceLogSumExp", reduce_log_sum_exp},
                                {"ReduceMax", reduce_max},
                                {"ReduceMean", reduce_mean},
                                {"ReduceMin", reduce_min},
                                {"ReduceProd", reduce_prod},
                                {"ReduceSum", reduce_sum},
                                {"ReduceSumSquare", reduce_sum_square}};

}  // namespace

std::span<const Entry> reductions() { return kOperators; }

}  // namespace tenon::onnx
