#include "op/index/scatter_nd.h"

#include "op/index/functions.h"
#include "op/index/scatter.h"
#include "tensor/index_error.h"

namespace tenon {

Types ScatterNd::infer(Operands in) const {
  require_operands(name, in, 3);
  const Type &x = in[0].type, &ids = in[1].type, &updates = in[2].type;
  require_ids(name, ids);
  require_reduction(name, reduction, x);
  const i64 depth = index_depth(name, ids);
  require(depth <= x.rank(), "scatter_nd: ids {} names {} dimensions of x, which is {}", ids, depth, x);
  const Type expected{x.dtype, with_extents_from(Shape(ids.shape.begin(), ids.shape.end() - 1), x.shape, depth)};
  require(updates == expected, "scatter_nd: the updates are {}, expected {} for x {} and ids {}", updates, expected, x,
          ids);
  return {x};
}

std::vector<Array> ScatterNd::evaluate(std::span<const Array> in) const {
  const Array &x = in[0], &ids = in[1];
  const BadIndex::Place to{0, "x", x.type()}, from{1, "ids", ids.type()};
  const i64 depth = ids.shape().back();
  std::vector<i64> rows;
  for_each_position(Shape(ids.shape().begin(), ids.shape().end() - 1), [&](i64 k, const Ints&) {
    i64 row = 0;
    for (i64 d = 0; d < depth; ++d) {
      const i64 id = ids.at(k * depth + d).as_int(), extent = x.shape()[static_cast<std::size_t>(d)];
      check_index(name, from, k * depth + d, id, to, static_cast<std::size_t>(d));
      row = row * extent + id;
    }
    rows.push_back(row);
  });
  const i64 width = element_count(Shape(x.shape().begin() + depth, x.shape().end()));
  return {scattered(x, rows, width, in[2], reduction)};
}

Values ScatterNd::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                      std::span<const Value> grad) const {
  const Built ids{&b, in[1]};
  const ScatterMaps maps{
      [&](const Built& x) { return gather_nd(x, ids); },
      [&](const Built& x, const Built& u, std::string how) { return scatter_nd(x, ids, u, std::move(how)); }};
  Values g = scatter_gradient(b, in[0], in[2], out[0], grad[0], reduction, maps);
  return {g[0], Value(), g[1]};
}

std::vector<Case<ScatterNd>> ScatterNd::samples() {
  std::vector<Case<ScatterNd>> list;
  auto add = [&](std::string how, DType t, const Shape& x, DType id, const Shape& ids, const Shape& updates,
                 double below) {
    const double low = is_float(t) ? -2 : is_signed(t) ? -5 : 0, high = is_float(t) ? 2 : 5;
    list.push_back(
        {{std::move(how)},
         {{{t, x}, low, high, is_float(t)}, {{id, ids}, 0, below, false}, {{t, updates}, low, high, is_float(t)}}});
  };
  for (const char* how : {"none", "add", "mul", "max", "min"}) {
    add(how, DType::F32, {4, 3}, DType::I64, {5, 1}, {5, 3}, 4);
    add(how, DType::F64, {3, 3, 2}, DType::I32, {2, 2, 2}, {2, 2, 2}, 3);
    add(how, DType::BF16, {3, 4}, DType::U8, {5, 2}, {5}, 3);
    add(how, DType::I32, {5}, DType::I64, {6, 1}, {6}, 5);
    add(how, DType::F16, {2, 2}, DType::I64, {3, 0}, {3, 2, 2}, 1);
    add(how, DType::F32, {4, 2}, DType::I64, {0, 1}, {0, 2}, 4);
  }
  add("none", DType::Bool, {4}, DType::I64, {3, 1}, {3}, 4);
  return list;
}

}  // namespace tenon
