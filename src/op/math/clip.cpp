#include "op/math/clip.h"

#include <cmath>

namespace tenon {

namespace {

void require_bound(std::string_view which, double bound, DType t) {
  require(!std::isnan(bound), "clip: {} is NaN, expected a number", which);
  if (is_float(t) || std::isinf(bound)) return;
  require(bound == std::floor(bound), "clip: {} is {}, which no {} is; cast the operand to a float or round the bound",
          which, bound, t);
}

}  // namespace

Types Clip::infer(Operands in) const {
  Types types = Unary<Clip>::infer(in);
  const DType t = types[0].dtype;
  require_bound("min", min, t);
  require_bound("max", max, t);
  if (!is_float(t))
    require(min <= highest_of(t) && min < std::max(0x1p63, highest_of(t)) && max >= lowest_of(t),
            "clip: no {} lies between {} and {}; cast the operand first", t, min, max);
  return types;
}

expr::Scalar Clip::formula(const expr::Scalar& x) const {
  const DType t = x.dtype();
  const double lowest = has_infinity(t) ? -expr::kInfinity : lowest_of(t);
  const double highest = has_infinity(t) ? expr::kInfinity : highest_of(t);
  expr::Scalar y = x;
  if (min > lowest) y = expr::max(y, min);
  if (max < highest) y = expr::min(y, max);
  return y;
}

std::vector<Case<Clip>> Clip::samples() {
  auto list = cases_of(Clip{.min = -1, .max = 1}, elementwise_inputs(accepts, {&range, 1}));
  for (const Clip& op : {Clip{}, Clip{.min = 0.5}, Clip{.max = -0.25}, Clip{.min = 1, .max = -1}})
    list.push_back({op, {{{DType::F32, {4, 3}}}}});
  list.push_back({{.min = -1e30, .max = 3}, {{{DType::I8, {4, 3}}, -128, 128}}});
  list.push_back({{.min = 2, .max = 300}, {{{DType::U8, {4, 3}}, 0, 256}}});
  return list;
}

}  // namespace tenon
