#include "op/special/linear_recurrence.h"

#include "op/math/functions.h"
#include "op/shape/functions.h"

namespace tenon {

namespace {

Shape without_axis(const Type& t, i64 axis) {
  Shape shape = t.shape;
  shape.erase(shape.begin() + normal_axis(axis, t.rank()));
  return shape;
}

}  // namespace

Types LinearRecurrence::infer(Operands in) const {
  require(in.size() == 2 || in.size() == 3,
          "linear_recurrence: takes a, b and perhaps an initial state, given {} operands", in.size());
  const Type& a = in[0].type;
  require_float(name, a);
  require_axis(name, a, axis);
  require(in[1].type == a, "linear_recurrence: a is {} and b {}; expected the same type", a, in[1].type);
  if (in.size() == 3) {
    const Type expected{a.dtype, without_axis(a, axis)};
    require(in[2].type == expected, "linear_recurrence: the initial state is {}, expected {}", in[2].type, expected);
  }
  return {a};
}

std::vector<Array> LinearRecurrence::evaluate(std::span<const Array> in) const {
  const Lines lines = lines_of(in[0].shape(), axis);
  const DType wide = accumulate_type(in[0].dtype());
  auto rounded = [&](double x) { return Number(x).rounded_to(wide).f; };
  Array h(in[0].type());
  for (i64 line = 0; line < lines.count(); ++line) {
    double state = in.size() == 3 ? in[2].at(line).f : 0;
    for (i64 k = 0; k < lines.length; ++k) {
      const i64 at = lines.at(line, reverse ? lines.length - 1 - k : k);
      state = rounded(rounded(in[0].at(at).f * state) + in[1].at(at).f);
      h.set(at, state);
    }
  }
  return {h};
}

// With s[t] = dh[t] + a[t+1] s[t+1], the recurrence backwards:  db = s,  da[t] = s[t] h[t-1],  dinitial = a[0] s[0].
Values LinearRecurrence::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                             std::span<const Value> grad) const {
  const Built a{&b, in[0]}, h{&b, out[0]}, dh{&b, grad[0]};
  if (symbolic_count(a.shape()) == 0) return Values(in.size());
  const ScanOrder order{axis, reverse};
  const Built s = detail::apply_to<Built>(LinearRecurrence{axis, !reverse}, {one_step_after(a, order), dh});
  Built before = one_step_before(h, order);
  if (in.size() == 2) return {(s * before).value, s.value};
  const i64 place = normal_axis(axis, a.rank());
  const Built initial = expand_dims(Built{&b, in[2]}, {place});
  const Built rest = reverse ? slice_axis(h, place, 1) : slice_axis(h, place, 0, -1);
  before = reverse ? concatenate({rest, initial}, place) : concatenate({initial, rest}, place);
  return {(s * before).value, s.value, select(a * s, place, reverse ? -1 : 0).value};
}

std::vector<Case<LinearRecurrence>> LinearRecurrence::samples() {
  std::vector<Case<LinearRecurrence>> list;
  auto add = [&](LinearRecurrence op, Type t, bool starts) {
    std::vector<SampleInput> in{{t, -1.2, 1.2}, {t}};
    if (starts) in.push_back({{t.dtype, without_axis(t, op.axis)}});
    list.push_back({op, std::move(in)});
  };
  for (bool starts : {false, true})
    for (bool reverse : {false, true}) {
      add({.axis = 1, .reverse = reverse}, {DType::F32, {3, 5}}, starts);
      add({.axis = 0, .reverse = reverse}, {DType::F32, {3, 5}}, starts);
    }
  add({}, {DType::F64, {6}}, true);
  add({}, {DType::F64, {1}}, true);
  add({.axis = 1}, {DType::F64, {2, 3, 1, 4}}, true);
  add({.axis = 0}, {DType::F32, {0, 3}}, true);
  add({.axis = 0}, {DType::F32, {3, 0}}, true);
  add({.axis = 0}, {DType::F32, {12, 70}}, true);
  for (DType t : {DType::F16, DType::BF16}) add({.axis = 1}, {t, {2, 6}}, true);
  return list;
}

}  // namespace tenon
