#include "op/special/scan.h"

#include <functional>

#include "op/formula.h"
#include "op/shape/functions.h"

namespace tenon {

Types infer_scan(std::string_view op, Operands in, i64 axis) {
  require_operands(op, in, 1);
  require_axis(op, in[0].type, axis);
  require(in[0].type.dtype != DType::Bool, "{}: takes floats and integers, given {}; cast it first", op, in[0].type);
  return {in[0].type};
}

Types infer_running_extreme(std::string_view op, Operands in, i64 axis) {
  require_operands(op, in, 1);
  require_axis(op, in[0].type, axis);
  return {in[0].type, Type{DType::I64, in[0].type.shape}};
}

namespace {

/// step(line, k, where): all steps of all lines in order.
void walk(const Array& x, ScanOrder order, const std::function<void(i64 line, i64 k, i64 position)>& step) {
  const Lines lines = lines_of(x.shape(), order.axis);
  for (i64 line = 0; line < lines.count(); ++line)
    for (i64 k = 0; k < lines.length; ++k) step(line, k, lines.at(line, order.reverse ? lines.length - 1 - k : k));
}

}  // namespace

Array accumulated(const Array& x, ScanOrder order, bool exclusive, Number identity, Number (*combine)(Number, Number)) {
  Array y(x.type());
  Number sum;
  walk(x, order, [&](i64, i64 k, i64 at) {
    if (k == 0) sum = identity;
    const Number before = sum;
    sum = combine(sum, x.at(at)).rounded_to(accumulate_type(x.dtype()));
    y.set(at, exclusive ? before : sum);
  });
  return y;
}

std::vector<Array> running_extreme(const Array& x, ScanOrder order, bool (*beats)(Number, Number)) {
  Array y(x.type()), positions(DType::I64, x.shape());
  Number best;
  i64 place = 0;
  walk(x, order, [&](i64, i64 k, i64 at) {
    if (k == 0 || beats(x.at(at), best)) best = x.at(at), place = order.reverse ? x.dim(order.axis) - 1 - k : k;
    y.set(at, best);
    positions.set(at, Number::of_int(place));
  });
  return {y, positions};
}

namespace {

Built moved(const Built& x, i64 axis, i64 by) {
  Ints low(static_cast<std::size_t>(x.rank()), 0), high = low;
  const auto a = static_cast<std::size_t>(normal_axis(axis, x.rank()));
  low[a] = by, high[a] = -by;
  return pad(x, low, high);
}

}  // namespace

Built one_step_before(const Built& x, ScanOrder order) { return moved(x, order.axis, order.reverse ? -1 : 1); }
Built one_step_after(const Built& x, ScanOrder order) { return moved(x, order.axis, order.reverse ? 1 : -1); }

Built scatter_along_axis(const Built& values, const Built& positions, Dim extent, i64 axis) {
  const expr::Input v(0, values.type()), p(1, positions.type());
  const auto a = static_cast<std::size_t>(normal_axis(axis, v.rank()));
  Shape shape = values.shape();
  shape[a] = extent;
  auto out = expr::indices(shape);
  const expr::Index target = out[a], k("k", v.dim(axis));
  auto at = expr::ats(out);
  at[a] = k;
  const DType wide = accumulate_type(values.dtype());
  const auto sum = expr::sum({k}, expr::where(equals(p(at), target), expr::cast(wide, v(at)), 0));
  const expr::Expr e = expr::compute({values.type(), positions.type()}, expr::dims(out), sum);
  return cast(detail::apply_to<Built>(Formula{e, "scatter_along_axis"}, {values, positions}), values.dtype());
}

Values gradient_at_positions(Builder& b, const Value& x, const Value& positions, const Value& grad, i64 axis) {
  if (!grad.defined() || symbolic_count(x.shape()) == 0) return {Value()};
  const Dim extent = x.shape()[static_cast<std::size_t>(normal_axis(axis, x.rank()))];
  return {scatter_along_axis({&b, grad}, {&b, positions}, extent, axis).value};
}

}  // namespace tenon
