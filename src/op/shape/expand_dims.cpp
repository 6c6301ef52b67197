#include "op/shape/expand_dims.h"

#include "op/reduce/reduction.h"
#include "op/shape/reshape.h"

namespace tenon {

Shape ExpandDims::target(const Type& from) const {
  if (axes.empty()) return from.shape;
  Shape shape = from.shape;
  for (i64 a : reduced_axes(name, axes, from.rank() + static_cast<i64>(axes.size())))
    shape.insert(shape.begin() + a, 1);
  return shape;
}

Values ExpandDims::expand(Builder& b, std::span<const Value> in) const {
  return {b.apply1(make_op(Reshape{target(in[0].type())}), {in[0]})};
}

std::vector<Case<ExpandDims>> ExpandDims::samples() {
  return {{{{0}}, {{{DType::F32, {3, 5}}}}},
          {{{-1}}, {{{DType::F64, {4}}}}},
          {{{0, 2}}, {{{DType::F32, {3, 5}}}}},
          {{{0, -1}}, {{{DType::F32, {}}}}},
          {{{1}}, {{{DType::I32, {0, 2}}, -5, 5, false}}}};
}

}  // namespace tenon
