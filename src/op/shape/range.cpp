#include "op/shape/range.h"

#include <cmath>

#include "op/functions.h"

namespace tenon {

namespace {

/// The number of elements where it is known.
std::optional<Dim> count_of(Operands in) {
  const auto start = extents_of(in[0]), limit = extents_of(in[1]), step = extents_of(in[2]);
  if (start && limit && step && (*step)[0].is_constant()) {
    const i64 by = (*step)[0];
    require(by != 0, "range: the step is 0");
    const Dim span = by > 0 ? (*limit)[0] - (*start)[0] : (*start)[0] - (*limit)[0];
    const Dim count = ceil_div(span, by > 0 ? by : -by);
    if (certainly_nonnegative(count)) return count;
    return certainly_nonnegative(-count) ? std::optional<Dim>(0) : std::nullopt;
  }
  for (const Operand& o : in)
    if (o.constant == nullptr) return {};
  const double from = in[0].constant->at(0).as_double(), to = in[1].constant->at(0).as_double(),
               by = in[2].constant->at(0).as_double();
  require(by != 0 && std::isfinite(by), "range: the step is {}", by);
  const double count = std::ceil((to - from) / by);
  require(count < 0x1p40, "range: {} elements from {} to {} by {}", count, from, to, by);
  return count > 0 ? Dim(static_cast<i64>(count)) : Dim(0);
}

}  // namespace

Types Range::infer(Operands in) const {
  require_operands(name, in, 3);
  const DType t = require_same_dtype(name, in);
  require(is_number(t), "range: takes floats and integers, given {}", t);
  for (const Operand& o : in) require(o.type.shape.empty(), "range: expected scalars, given {}", o.type);
  return {Type{t, {count_of(in).value_or(Dim::symbol(size, 0))}}};
}

Values Range::expand(Builder& b, std::span<const Value> in) const {
  const Operand operands[] = {operand_of(in[0]), operand_of(in[1]), operand_of(in[2])};
  const auto count = count_of(operands);
  if (!count) fail("range: the number of elements is not known before the program runs");
  const DType wide = is_float(in[0].dtype()) ? DType::F64 : DType::I64;
  const Built position{&b, b.apply1(make_op(Iota{wide, {*count}, 0}), {})};
  const Built start = cast(Built{&b, in[0]}, wide), step = cast(Built{&b, in[2]}, wide);
  return {cast(start + position * step, in[0].dtype()).value};
}

std::vector<Case<Range>> Range::samples() {
  std::vector<Case<Range>> list;
  for (DType t : {DType::I64, DType::I32})
    list.push_back({{}, {{{t, {}}, 0, 3, false}, {{t, {}}, 7, 12, false}, {{t, {}}, 1, 4, false}}});
  list.push_back(
      {{}, {{{DType::I64, {}}, 7, 12, false}, {{DType::I64, {}}, 0, 3, false}, {{DType::I64, {}}, -3, 0, false}}});
  return list;
}

}  // namespace tenon
