#include "op/shape/arange.h"

#include <cmath>

namespace tenon {

i64 Arange::count() const {
  constexpr double kMost = 1e12;
  const double n = std::ceil((stop - start) / step);
  require(step != 0 && n < kMost,
          "arange: {} to {} by {} is no range; expected finite numbers and a step that is not 0", start, stop, step);
  return n > 0 ? static_cast<i64>(n) : 0;
}

Types Arange::infer(Operands in) const {
  require_operands(name, in, 0);
  require(dtype != DType::Bool, "arange: takes floats and integers, given bool");
  require(std::isfinite(start) && std::isfinite(stop) && std::isfinite(step),
          "arange: {} to {} by {} is no range; expected finite numbers and a step that is not 0", start, stop, step);
  const i64 n = count();
  if (is_float(dtype)) return {Type{dtype, {n}}};
  require(start == std::floor(start) && step == std::floor(step), "arange: {} and step {} are no numbers of type {}",
          start, step, dtype);
  for (const double x : {start, start + step * static_cast<double>(n - 1)})
    require(n == 0 || (x >= lowest_of(dtype) && x <= highest_of(dtype)), "arange: {} is no value of type {}", x, dtype);
  return {Type{dtype, {n}}};
}

expr::Expr Arange::define(std::span<const Type>) const {
  const expr::Index i("i", count());
  const DType wide = is_float(dtype) ? DType::F64 : dtype == DType::U64 ? dtype : DType::I64;
  return expr::compute({}, {i}, expr::cast(dtype, expr::cast(wide, expr::value(i)) * step + start));
}

}  // namespace tenon
