#include "op/index/scatter_elements.h"

#include "op/index/functions.h"
#include "op/index/scatter.h"
#include "op/shape/functions.h"
#include "tensor/index_error.h"

namespace tenon {

Types ScatterElements::infer(Operands in) const {
  require_operands(name, in, 3);
  const Type &x = in[0].type, &ids = in[1].type, &updates = in[2].type;
  require_ids(name, ids);
  require_reduction(name, reduction, x);
  require(axis >= -x.rank() && axis < x.rank(), "scatter_elements: axis {} is out of range for {}", axis, x);
  require(updates == Type({x.dtype, ids.shape}),
          "scatter_elements: the updates are {}, expected {} for x {} and ids {}", updates, Type{x.dtype, ids.shape}, x,
          ids);
  bool fits = ids.rank() == x.rank();
  for (std::size_t d = 0; fits && d < ids.shape.size(); ++d)
    fits = static_cast<i64>(d) == normal_axis(axis, x.rank()) || ids.shape[d] <= x.shape[d];
  require(fits, "scatter_elements: ids {} is larger than x {} in a dimension other than axis {}", ids, x, axis);
  return {x};
}

std::vector<Array> ScatterElements::evaluate(std::span<const Array> in) const {
  const Array &x = in[0], &ids = in[1];
  const auto a = static_cast<std::size_t>(normal_axis(axis, x.rank()));
  const BadIndex::Place to{0, "x", x.type()}, from{1, "ids", ids.type()};
  const Ints strides = contiguous_strides(x.shape());
  std::vector<i64> rows;
  for_each_position(ids.shape(), [&](i64 k, const Ints& at) {
    const i64 id = ids.at(k).as_int();
    check_index(name, from, k, id, to, a);
    i64 row = 0;
    for (std::size_t d = 0; d < at.size(); ++d) row += (d == a ? id : at[d]) * strides[d];
    rows.push_back(row);
  });
  return {scattered(x, rows, 1, in[2], reduction)};
}

Values ScatterElements::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                            std::span<const Value> grad) const {
  const Built ids{&b, in[1]};
  const Ints zero(ids.shape().size(), 0);
  Shape corner = ids.shape();
  const auto a = static_cast<std::size_t>(normal_axis(axis, ids.rank()));
  corner[a] = in[0].shape()[a];
  const ScatterMaps maps{
      [&](const Built& x) { return take_along_axis(corner == x.shape() ? x : slice(x, zero, corner), ids, axis); },
      [&](const Built& x, const Built& u, std::string how) {
        return scatter_elements(x, ids, u, axis, std::move(how));
      }};
  Values g = scatter_gradient(b, in[0], in[2], out[0], grad[0], reduction, maps);
  return {g[0], Value(), g[1]};
}

std::vector<Case<ScatterElements>> ScatterElements::samples() {
  std::vector<Case<ScatterElements>> list;
  auto add = [&](i64 over, std::string how, DType t, const Shape& x, DType id, const Shape& ids, double below) {
    const double low = is_float(t) ? -2 : is_signed(t) ? -5 : 0, high = is_float(t) ? 2 : 5;
    list.push_back(
        {{over, std::move(how)},
         {{{t, x}, low, high, is_float(t)}, {{id, ids}, 0, below, false}, {{t, ids}, low, high, is_float(t)}}});
  };
  for (const char* how : {"none", "add", "mul", "max", "min"}) {
    add(0, how, DType::F32, {3, 4}, DType::I64, {2, 4}, 3);
    add(1, how, DType::F64, {3, 4}, DType::I32, {2, 5}, 4);
    add(-1, how, DType::F16, {5}, DType::I64, {7}, 5);
    add(1, how, DType::BF16, {2, 3, 2}, DType::U8, {2, 2, 1}, 3);
    add(0, how, DType::I8, {4}, DType::I64, {6}, 4);
    add(0, how, DType::F32, {4, 2}, DType::I64, {0, 2}, 4);
  }
  add(0, "add", DType::I64, {4}, DType::I64, {3}, 4);
  add(0, "none", DType::Bool, {4}, DType::I64, {3}, 4);
  return list;
}

}  // namespace tenon
