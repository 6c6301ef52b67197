#include "op/index/gather_nd.h"

#include "op/index/functions.h"
#include "op/shape/functions.h"

namespace tenon {

Types GatherNd::infer(Operands in) const {
  require_operands(name, in, 2);
  const Type &x = in[0].type, &ids = in[1].type;
  require_ids(name, ids);
  require(batch_dims >= 0 && batch_dims < std::max<i64>(ids.rank(), 1) && batch_dims <= x.rank(),
          "gather_nd: batch_dims {} is out of range for x {} and ids {}", batch_dims, x, ids);
  const i64 named = batch_dims + index_depth(name, ids);
  require(named <= x.rank(), "gather_nd: ids {} with {} batch dimensions names {} dimensions of x, which is {}", ids,
          batch_dims, named, x);
  for (i64 d = 0; d < batch_dims; ++d)
    require(x.shape[static_cast<std::size_t>(d)] == ids.shape[static_cast<std::size_t>(d)],
            "gather_nd: x is {} and ids {}; the first {} dimensions must agree", x, ids, batch_dims);
  const Type out{x.dtype, with_extents_from(Shape(ids.shape.begin(), ids.shape.end() - 1), x.shape, named)};
  check_shape(out.shape);
  return {out};
}

expr::Expr GatherNd::define(std::span<const Type> in) const {
  const expr::Input x(0, in[0]), ids(1, in[1]);
  const std::vector<Operand> operands{{in[0]}, {in[1]}};
  const auto out = expr::indices(infer(operands)[0].shape);
  const auto rows = out.begin() + (ids.rank() - 1);
  std::vector<expr::At> row(out.begin(), rows), at(out.begin(), out.begin() + batch_dims);
  for (i64 k = 0; k < in[1].shape.back(); ++k) {
    auto position = row;
    position.emplace_back(k);
    at.emplace_back(ids(position));
  }
  at.insert(at.end(), rows, out.end());
  return expr::compute({in[0], in[1]}, expr::dims(out), x(at));
}

// The named dimensions of x become one, over which slices of the gradient are added.
Values GatherNd::vjp(Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) const {
  const Shape& shape = in[0].shape();
  const i64 named = batch_dims + in[1].shape().back();
  const Shape positions(shape.begin(), shape.begin() + named);
  const Shape flat = with_extents_from({symbolic_count(positions)}, shape, named);
  const Built zero{&b, b.apply1(make_op(Full{0, in[0].dtype(), flat}), {})};
  const Built rows = linear_positions({&b, in[1]}, positions, batch_dims);
  return {reshape(scatter_add(zero, rows, Built{&b, grad[0]}), shape).value, Value()};
}

std::vector<Case<GatherNd>> GatherNd::samples() {
  auto ids = [](DType t, const Shape& s, double below) { return SampleInput{{t, s}, 0, below, false}; };
  return {{{0}, {{{DType::F32, {4, 3, 2}}}, ids(DType::I64, {5, 2}, 3)}},
          {{0}, {{{DType::F32, {4, 3}}}, ids(DType::I32, {2, 3, 1}, 4)}},
          {{1}, {{{DType::F64, {2, 3, 4}}}, ids(DType::I64, {2, 5, 1}, 3)}},
          {{1}, {{{DType::F64, {2, 3, 4}}}, ids(DType::I64, {2, 2}, 3)}},
          {{2}, {{{DType::F32, {2, 3, 4, 2}}}, ids(DType::I64, {2, 3, 2, 1}, 4)}},
          {{0}, {{{DType::F32, {3, 3}}}, ids(DType::U8, {2}, 3)}},
          {{0}, {{{DType::F32, {3}}}, ids(DType::I64, {2, 0}, 3)}},
          {{0}, {{{DType::F16, {4, 2}}}, ids(DType::I8, {0, 1}, 4)}},
          {{0}, {{{DType::BF16, {4, 2}}}, ids(DType::I16, {5, 2}, 2)}},
          {{0}, {{{DType::I32, {4, 2}}, -5, 5, false}, ids(DType::I64, {3, 1}, 4)}},
          {{0}, {{{DType::Bool, {4}}, 0, 2, false}, ids(DType::I64, {3, 1}, 4)}}};
}

}  // namespace tenon
