#include "op/shape/squeeze.h"

#include <algorithm>

#include "op/reduce/reduction.h"
#include "op/shape/reshape.h"

namespace tenon {

Shape Squeeze::target(const Type& from) const {
  Shape shape;
  const Ints at = reduced_axes(name, axes, from.rank());
  for (std::size_t d = 0; d < from.shape.size(); ++d) {
    const bool named = std::find(at.begin(), at.end(), static_cast<i64>(d)) != at.end();
    require(axes.empty() || !named || from.shape[d] == 1, "squeeze: dimension {} of {} has extent {}, expected 1", d,
            from, from.shape[d]);
    const bool undecided = axes.empty() && from.shape[d] != 1 && !certainly_different(from.shape[d], 1);
    require(!undecided, "squeeze: extent {} of {} may be 1 or not; name the axes that go", from.shape[d], from);
    if (!named || from.shape[d] != 1) shape.push_back(from.shape[d]);
  }
  return shape;
}

Values Squeeze::expand(Builder& b, std::span<const Value> in) const {
  return {b.apply1(make_op(Reshape{target(in[0].type())}), {in[0]})};
}

std::vector<Case<Squeeze>> Squeeze::samples() {
  return {{{}, {{{DType::F32, {1, 3, 1, 5}}}}},
          {{{0}}, {{{DType::F64, {1, 4, 1}}}}},
          {{{-1, 0}}, {{{DType::F32, {1, 4, 1}}}}},
          {{}, {{{DType::F32, {}}}}},
          {{{1}}, {{{DType::I32, {3, 1}}, -5, 5, false}}}};
}

}  // namespace tenon
