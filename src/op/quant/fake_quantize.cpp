#include "op/quant/fake_quantize.h"

#include "op/formula.h"
#include "op/handle.h"

namespace tenon {

Types FakeQuantize::infer(Operands in) const {
  constexpr i64 kMost = i64(1) << 24;  // f32 holds every integer up to there
  require_operands(name, in, 3);
  const Type &x = in[0].type, &zero_point = in[2].type;
  require_float(name, x);
  require_same_dtype(name, in.first(2));
  require(is_integer(zero_point.dtype), "fake_quantize: the zero point is {}, expected integers", zero_point);
  require_per_tensor_or_axis(name, "scale", in[1].type, x, axis);
  require_per_tensor_or_axis(name, "zero point", zero_point, x, axis);
  require(-kMost <= low && low <= high && high <= kMost,
          "fake_quantize: low is {} and high {}; expected low <= high, both within 2^24 of 0", low, high);
  return {x};
}

namespace {

struct Steps {
  expr::Scalar free, kept, scale, zero_point;  ///< q before and after it is cut off
};

Steps steps_of(const FakeQuantize& op, std::span<const Type> in, const std::vector<expr::At>& at) {
  const DType wide = accumulate_type(in[0].dtype);
  const expr::Scalar x = expr::cast(wide, expr::Input(0, in[0])(at));
  const expr::Scalar scale = expr::cast(wide, expr::Input(1, in[1])(quantization_at(in[1], at, op.axis)));
  const expr::Scalar zero_point = expr::cast(wide, expr::Input(2, in[2])(quantization_at(in[2], at, op.axis)));
  const expr::Scalar free = expr::round(x / scale) + zero_point;
  const auto low = static_cast<double>(op.low), high = static_cast<double>(op.high);
  return {free, expr::min(expr::max(free, low), high), scale, zero_point};
}

}  // namespace

expr::Expr FakeQuantize::define(std::span<const Type> in) const {
  const auto i = expr::indices(in[0].shape);
  const Steps s = steps_of(*this, in, expr::ats(i));
  return expr::compute({in.begin(), in.end()}, expr::dims(i),
                       expr::cast(in[0].dtype, (s.kept - s.zero_point) * s.scale));
}

Values FakeQuantize::vjp(Builder& b, std::span<const Value> in, std::span<const Value>,
                         std::span<const Value> grad) const {
  const std::vector<Type> types{in[0].type(), in[1].type(), in[2].type(), grad[0].type()};
  const auto i = expr::indices(types[0].shape);
  const Steps s = steps_of(*this, types, expr::ats(i));
  const expr::Scalar dy = expr::Input(3, types[3])(expr::ats(i));
  expr::Expr passed = expr::compute(types, expr::dims(i), expr::where(s.free == s.kept, dy, 0));
  return {b.apply1(make_op(Formula{std::move(passed), "fake_quantize gradient"}), {in[0], in[1], in[2], grad[0]}),
          Value(), Value()};
}

std::vector<Case<FakeQuantize>> FakeQuantize::samples() {
  std::vector<Case<FakeQuantize>> list;
  // Central differences see the steps, which the gradient is meant to ignore.
  const auto add = [&](const FakeQuantize& op, const Type& x, DType zero_point, const Shape& shape) {
    auto in = quantization_sample({x, -20, 20}, x.dtype, zero_point, shape);
    for (SampleInput& input : in) input.differentiable = false;
    list.push_back({op, in});
  };
  add({}, {DType::F32, {3, 5}}, DType::U8, {});
  add({.axis = 0, .low = -128, .high = 127}, {DType::F32, {3, 5}}, DType::I32, {3});
  add({.axis = -2, .low = -8, .high = 7}, {DType::F64, {2, 3, 4}}, DType::I8, {3});
  add({}, {DType::F32, {7}}, DType::I64, {1});
  add({}, {DType::F32, {0, 3}}, DType::U8, {3});
  add({}, {DType::F16, {2, 3}}, DType::U8, {3});
  add({}, {DType::BF16, {2, 3}}, DType::U8, {3});
  return list;
}

}  // namespace tenon
