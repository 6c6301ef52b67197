#include "op/shape/concatenate.h"

#include <functional>

#include "op/reduce/reduction.h"

namespace tenon {

Types Concatenate::infer(Operands in) const {
  require(!in.empty(), "concatenate: there are no operands; expected at least one");
  Type out{require_same_dtype(name, in), in[0].type.shape};
  const auto a = static_cast<std::size_t>(reduced_axes(name, {axis}, out.rank())[0]);
  out.shape[a] = 0;
  for (const Operand& o : in) {
    const Shape& s = o.type.shape;
    bool fits = s.size() == out.shape.size();
    for (std::size_t d = 0; fits && d < s.size(); ++d) fits = d == a || s[d] == out.shape[d];
    require(fits, "concatenate: {} does not fit {}; all dimensions but {} must agree", o.type, in[0].type, a);
    out.shape[a] += s[a];
  }
  check_shape(out.shape);
  return {out};
}

// Operand k where the position along the axis is before its end, else the operands behind it; of many operands first
// which half it is, so that few conditions hold at each place.
expr::Expr Concatenate::define(std::span<const Type> in) const {
  Shape shape = in[0].shape;
  const auto a = static_cast<std::size_t>(reduced_axes(name, {axis}, in[0].rank())[0]);
  std::vector<Dim> begin{0};
  for (const Type& t : in) begin.push_back(begin.back() + t.shape[a]);
  shape[a] = begin.back();
  const auto out = expr::indices(shape);
  auto part = [&](std::size_t k) {
    auto at = expr::ats(out);
    at[a] = out[a] - expr::Affine(begin[k]);
    return expr::Input(static_cast<std::int32_t>(k), in[k])(at);
  };
  std::size_t last = in.size() - 1;
  while (last > 0 && in[last].shape[a] == 0) --last;
  constexpr std::size_t kFew = 16;
  const std::function<expr::Scalar(std::size_t, std::size_t)> one_of = [&](std::size_t from, std::size_t to) {
    if (to == from) return part(from);
    const std::size_t half = to - from < kFew ? from : from + (to - from) / 2;
    return expr::where(out[a] < expr::Affine(begin[half + 1]), one_of(from, half), one_of(half + 1, to));
  };
  return expr::compute({in.begin(), in.end()}, expr::dims(out), one_of(0, last));
}

}  // namespace tenon
