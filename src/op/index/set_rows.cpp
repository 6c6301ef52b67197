#include "op/index/set_rows.h"

#include "op/index/functions.h"
#include "op/index/rows.h"
#include "op/index/scatter.h"
#include "op/shape/functions.h"
#include "tensor/index_error.h"

namespace tenon {

Types SetRows::infer(Operands in) const {
  require_operands(name, in, 3);
  const Type &x = in[0].type, &positions = in[1].type, &rows = in[2].type;
  require_ids(name, positions);
  const Type expected{x.dtype, replaced_axis(name, x, 0, positions.shape)};
  require(rows == expected, "set_rows: the rows are {}, expected {} for x {} and positions {}", rows, expected, x,
          positions);
  return {x};
}

std::vector<Array> SetRows::evaluate(std::span<const Array> in) const {
  const Array &x = in[0], &positions = in[1];
  const BadIndex::Place to{0, "x", x.type()}, from{1, "positions", positions.type()};
  const i64 width = element_count(with_extents_from({}, x.shape(), 1));
  Array out = x.clone();
  for (i64 k = 0; k < positions.count(); ++k) {
    const i64 position = positions.at(k).as_int();
    check_index(name, from, k, position, to, 0, -1);
    for (i64 j = 0; j < width && position >= 0; ++j) out.set(position * width + j, in[2].at(k * width + j));
  }
  return {out};
}

Values SetRows::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                    std::span<const Value> grad) const {
  const Built positions{&b, in[1]};
  const ScatterMaps maps{
      [&](const Built& x) { return rows_at(x, positions); },
      [&](const Built& x, const Built& rows, const std::string&) { return set_rows(x, positions, rows); }};
  Values g = scatter_gradient(b, in[0], in[2], out[0], grad[0], "none", maps);
  return {g[0], Value(), g[1]};
}

std::vector<Case<SetRows>> SetRows::samples() {
  std::vector<Case<SetRows>> list;
  auto add = [&](DType t, const Shape& x, DType id, const Shape& positions, const Shape& rows) {
    const double low = is_float(t) ? -2 : is_signed(t) ? -5 : 0, high = is_float(t) ? 2 : t == DType::Bool ? 2 : 5;
    list.push_back({{},
                    {{{t, x}, low, high, is_float(t)},
                     {{id, positions}, is_signed(id) ? -1.0 : 0.0, 4, false},
                     {{t, rows}, low, high, is_float(t)}}});
  };
  add(DType::F32, {4, 3}, DType::I64, {3}, {3, 3});
  add(DType::F64, {5, 2, 2}, DType::I32, {2, 3}, {2, 3, 2, 2});
  add(DType::F32, {4}, DType::I64, {9}, {9});
  add(DType::F32, {4, 2}, DType::I64, {}, {2});
  add(DType::F32, {4, 2}, DType::I64, {0}, {0, 2});
  add(DType::F32, {4, 0}, DType::I64, {3}, {3, 0});
  add(DType::F16, {5, 3}, DType::I16, {6}, {6, 3});
  add(DType::BF16, {5, 3}, DType::I8, {6}, {6, 3});
  add(DType::F32, {6, 40}, DType::U8, {900}, {900, 40});
  for (DType t : {DType::I64, DType::I32, DType::I16, DType::I8, DType::U8, DType::Bool})
    add(t, {4, 2}, DType::I64, {3}, {3, 2});
  return list;
}

}  // namespace tenon
