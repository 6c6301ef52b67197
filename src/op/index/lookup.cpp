#include "op/index/lookup.h"

#include "op/index/functions.h"
#include "op/shape/functions.h"

namespace tenon {

Types Lookup::infer(Operands in) const {
  require_operands(name, in, 2);
  const Type &table = in[0].type, &ids = in[1].type;
  require_ids(name, ids);
  const Type out{table.dtype, replaced_axis(name, table, 0, ids.shape)};
  require(padding >= -1 && !certainly_less(table.shape[0], padding + 1),
          "lookup: padding is row {}, but the table is {}; expected one of its rows, or -1 for none", padding, table);
  return {out};
}

Values Lookup::expand(Builder& b, std::span<const Value> in) const {
  return {gather(Built{&b, in[0]}, Built{&b, in[1]}).value};
}

Values Lookup::vjp(Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) const {
  Built ids{&b, in[1]};
  const Built updates{&b, grad[0]};
  if (padding >= 0) ids = where(equal(cast(ids, DType::I64), static_cast<double>(padding)), -1, cast(ids, DType::I64));
  if (sparse) return {dense_rows(ids, updates, in[0].shape()[0]).value, Value()};
  const Built zero{&b, b.apply1(make_op(Full{0, in[0].dtype(), in[0].shape()}), {})};
  return {scatter_add(zero, ids, updates).value, Value()};
}

// Where a row is padding, its differences show that values depend on it, but no gradient.
std::vector<Case<Lookup>> Lookup::samples() {
  std::vector<Case<Lookup>> list;
  auto add = [&](Lookup op, DType t, const Shape& table, DType id, const Shape& ids, double below) {
    const bool real = is_float(t);
    list.push_back({std::move(op),
                    {{{t, table},
                      real           ? -2.0
                      : is_signed(t) ? -5.0
                                     : 0.0,
                      real || t == DType::Bool ? 2.0 : 5.0,
                      real && op.padding < 0},
                     {{id, ids}, 0, below, false}}});
  };
  for (bool sparse : {false, true}) {
    add({sparse}, DType::F32, {5, 3}, DType::I64, {7}, 5);
    add({sparse}, DType::F64, {4, 2, 2}, DType::I32, {2, 3}, 4);
    add({sparse, 2}, DType::F32, {5, 3}, DType::I64, {9}, 5);
    add({sparse, 0}, DType::F16, {5, 3}, DType::U8, {4}, 5);
    add({sparse}, DType::F32, {4, 2}, DType::I64, {}, 4);
    add({sparse}, DType::F32, {4, 2}, DType::I64, {0}, 4);
    add({sparse}, DType::BF16, {4}, DType::I16, {6}, 4);
  }
  add({}, DType::I32, {4, 2}, DType::I8, {3}, 4);
  add({}, DType::Bool, {4, 2}, DType::I64, {3}, 4);
  return list;
}

}  // namespace tenon
