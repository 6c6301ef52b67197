#include "op/index/max_unpool.h"

#include "op/index/functions.h"
#include "op/shape/functions.h"

namespace tenon {

Types MaxUnpool::infer(Operands in) const {
  require_operands(name, in, 2);
  const Type &x = in[0].type, &indices = in[1].type;
  require_ids(name, indices);
  require(x.shape == indices.shape, "max_unpool: x is {} and the indices are {}; expected the same shape", x, indices);
  require(!extents.empty() && extents.size() <= x.shape.size(),
          "max_unpool: extents {} has {} numbers, expected one for each spatial dimension of {}", extents,
          extents.size(), x);
  for (const i64 n : extents)
    require(n >= 0, "max_unpool: extents {} has the number {}, expected at least 0", extents, n);
  Type out = x;
  std::copy(extents.begin(), extents.end(), out.shape.end() - static_cast<std::ptrdiff_t>(extents.size()));
  check_shape(out.shape);
  return {out};
}

Values MaxUnpool::expand(Builder& b, std::span<const Value> in) const {
  const Shape& shape = in[0].shape();
  const auto first = shape.end() - static_cast<std::ptrdiff_t>(extents.size());
  Shape flat(shape.begin(), first), from = flat;
  const Shape to = with_extents_from(flat, extents, 0);
  from.push_back(symbolic_count(Shape(first, shape.end())));
  flat.push_back(element_count(extents));
  const Built x = reshape(Built{&b, in[0]}, from), indices = reshape(Built{&b, in[1]}, from);
  const Built zero{&b, b.apply1(make_op(Full{0, x.dtype(), flat}), {})};
  return {reshape(scatter_elements(zero, indices, x, -1), to).value};
}

std::vector<Case<MaxUnpool>> MaxUnpool::samples() {
  return {{{{4, 4}}, {{{DType::F32, {2, 2, 2}}}, {{DType::I64, {2, 2, 2}}, 0, 16, false}}},
          {{{6}}, {{{DType::F64, {2, 3}}}, {{DType::I32, {2, 3}}, 0, 6, false}}},
          {{{2, 2, 3}}, {{{DType::F32, {1, 1, 2, 1, 2}}}, {{DType::I64, {1, 1, 2, 1, 2}}, 0, 12, false}}},
          {{{4}}, {{{DType::BF16, {3}}}, {{DType::U8, {3}}, 0, 4, false}}},
          {{{3, 3}}, {{{DType::F16, {0, 2, 2}}}, {{DType::I64, {0, 2, 2}}, 0, 9, false}}},
          {{{5}}, {{{DType::I32, {2, 3}}, -5, 5, false}, {{DType::I64, {2, 3}}, 0, 5, false}}}};
}

}  // namespace tenon
