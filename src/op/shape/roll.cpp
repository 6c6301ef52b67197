#include "op/shape/roll.h"

#include "op/reduce/reduction.h"
#include "op/shape/pieces.h"

namespace tenon {

Types Roll::infer(Operands in) const {
  require_operands(name, in, 1);
  require(shifts.size() == axes.size(), "roll: there are {} shifts and {} axes, expected as many", shifts.size(),
          axes.size());
  if (!axes.empty()) reduced_axes(name, axes, in[0].type.rank());
  return {in[0].type};
}

namespace {

/// The shift within one turn. An extent that is unknown is taken to be larger.
Dim moved(i64 shift, Dim n) {
  if (!n.is_constant()) return shift < 0 ? n + shift : Dim(shift);
  return n == 0 ? 0 : (shift % n.value() + n.value()) % n.value();
}

}  // namespace

expr::Expr Roll::define(std::span<const Type> in) const {
  const auto out = expr::indices(in[0].shape);
  std::vector<Pieces> dimensions;
  for (const expr::Index& i : out) dimensions.push_back({{}, i});
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const auto a = static_cast<std::size_t>(normal_axis(axes[k], in[0].rank()));
    const Dim n = in[0].shape[a];
    const Dim by = moved(shifts[k], n);
    if (by == 0) continue;
    dimensions[a] = {{{out[a] < expr::Affine(by), out[a] + (n - by)}}, out[a] - by};
  }
  return expr::compute({in[0]}, expr::dims(out), read_pieces(expr::Input(0, in[0]), dimensions));
}

std::vector<Case<Roll>> Roll::samples() {
  return {{{{2}, {0}}, {{{DType::F32, {5, 3}}}}},
          {{{1, -2}, {0, -1}}, {{{DType::F32, {3, 5}}}}},
          {{{7, 3, -5}, {0, 1, 2}}, {{{DType::F64, {2, 3, 4}}}}},
          {{{4}, {1}}, {{{DType::F32, {3, 4}}}}},
          {{{}, {}}, {{{DType::F32, {}}}}},
          {{{1}, {0}}, {{{DType::BF16, {0, 3}}}}},
          {{{1}, {0}}, {{{DType::F16, {1}}}}},
          {{{std::numeric_limits<i64>::min()}, {0}}, {{{DType::I32, {5}}, -5, 5, false}}},
          {{{2}, {0}}, {{{DType::Bool, {5}}, 0, 2, false}}}};
}

}  // namespace tenon
