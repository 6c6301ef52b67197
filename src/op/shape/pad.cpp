#include "op/shape/pad.h"

#include "op/shape/pieces.h"

namespace tenon {

namespace {

/// Elements that a mode can take from x at either side; -1 for any number.
Dim most_padding(std::string_view mode, Dim extent) {
  if (mode == "reflect") return extent == 0 ? Dim(0) : extent - 1;
  if (mode == "wrap") return extent;
  return mode == "edge" && extent == 0 ? 0 : -1;
}

void require_padding(std::string_view mode, i64 pad, std::size_t d, Dim extent) {
  const Dim most = most_padding(mode, extent);
  require(pad <= 0 || most == -1 || pad <= most,
          "pad: {} elements in dimension {} are more than mode \"{}\" can take from {}; at most {}, or use mode "
          "\"constant\"",
          pad, d, mode, extent, std::max<Dim>(most, 0));
}

/// Coordinates of x before, in and after it, of which only those are kept that occur.
Pieces pieces_of(std::string_view mode, const expr::Index& i, i64 low, i64 high, Dim n) {
  const expr::Affine inside = i - low;
  const bool reflects = mode == "reflect", wraps = mode == "wrap";
  const expr::Affine before = reflects ? -inside
                              : wraps  ? inside + n
                                       : expr::Affine(0),
                     after = reflects ? 2 * (n - 1) - inside
                             : wraps  ? inside - n
                                      : expr::Affine(n - 1);
  Pieces p{{}, high > 0 ? after : inside};
  if (low > 0) p.first.push_back({inside < expr::Affine(0), before});
  if (high > 0) p.first.push_back({inside < expr::Affine(n), inside});
  return p;
}

}  // namespace

Types Pad::infer(Operands in) const {
  require_operands(name, in, 1);
  const Type& x = in[0].type;
  require(low.size() == x.shape.size() && high.size() == x.shape.size(),
          "pad: {} has rank {}, but there are {} numbers in low and {} in high", x, x.rank(), low.size(), high.size());
  require(mode == "constant" || mode == "edge" || mode == "reflect" || mode == "wrap",
          "pad: mode \"{}\" is unknown; expected \"constant\", \"edge\", \"reflect\" or \"wrap\"", mode);
  Type out = x;
  constexpr i64 kLimit = i64(1) << 40;
  for (std::size_t d = 0; d < low.size(); ++d) {
    require(low[d] > -kLimit && low[d] < kLimit && high[d] > -kLimit && high[d] < kLimit,
            "pad: {} and {} in dimension {} are too large", low[d], high[d], d);
    out.shape[d] += low[d] + high[d];
    require(out.shape[d] >= 0, "pad: {} and {} crop more than the {} elements of dimension {}", low[d], high[d],
            x.shape[d], d);
    for (const i64 pad : {low[d], high[d]}) require_padding(mode, pad, d, x.shape[d]);
  }
  check_shape(out.shape);
  return {out};
}

expr::Expr Pad::define(std::span<const Type> in) const {
  const Operand operand[1] = {{in[0]}};
  const auto out = expr::indices(infer(operand)[0].shape);
  const expr::Input x(0, in[0]);
  if (mode == "constant") {
    std::vector<expr::At> at;
    for (std::size_t d = 0; d < out.size(); ++d) at.emplace_back(out[d] - low[d]);
    return expr::compute({in[0]}, expr::dims(out), x.outside(value)(at));
  }
  std::vector<Pieces> dimensions;
  for (std::size_t d = 0; d < out.size(); ++d)
    dimensions.push_back(pieces_of(mode, out[d], low[d], high[d], in[0].shape[d]));
  return expr::compute({in[0]}, expr::dims(out), read_pieces(x, dimensions));
}

std::vector<Case<Pad>> Pad::samples() {
  return {{{{1, 0}, {2, 3}, 0}, {{{DType::F32, {3, 5}}}}},
          {{{-1, 2}, {0, -3}, 1.5}, {{{DType::F32, {3, 5}}}}},
          {{{0, 1, 2, 0}, {0, 0, 1, 3}, -2}, {{{DType::F64, {2, 3, 1, 2}}}}},
          {{{}, {}, 3}, {{{DType::F32, {}}}}},
          {{{2}, {1}, 7}, {{{DType::F16, {0}}}}},
          {{{-2}, {-2}, 0}, {{{DType::BF16, {4}}}}},
          {{{1}, {1}, -3}, {{{DType::I32, {4}}, -5, 5, false}}},
          {{{1}, {2}, 1}, {{{DType::Bool, {4}}, 0, 2, false}}},
          {{{2, 1}, {1, 4}, 0, "reflect"}, {{{DType::F32, {3, 5}}}}},
          {{{-1, 3, 0}, {2, -2, 0}, 0, "reflect"}, {{{DType::F64, {4, 4, 2}}}}},
          {{{0, 2, 1}, {0, 0, 2}, 0, "edge"}, {{{DType::F32, {2, 3, 4}}}}},
          {{{7}, {-1}, 0, "edge"}, {{{DType::F64, {3}}}}},
          {{{3, 0}, {1, 5}, 0, "wrap"}, {{{DType::F32, {3, 5}}}}},
          {{{-1, 2}, {3, -3}, 0, "wrap"}, {{{DType::F64, {4, 4}}}}},
          {{{0}, {0}, 0, "wrap"}, {{{DType::F16, {0}}}}},
          {{{1}, {2}, 0, "reflect"}, {{{DType::BF16, {4}}}}},
          {{{2}, {2}, 0, "edge"}, {{{DType::I32, {4}}, -5, 5, false}}},
          {{{2}, {2}, 0, "wrap"}, {{{DType::Bool, {4}}, 0, 2, false}}}};
}

}  // namespace tenon
