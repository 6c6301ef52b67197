#include "op/norm/normalization.h"

#include <cmath>

#include "op/math/functions.h"
#include "op/reduce/functions.h"
#include "op/shape/functions.h"

namespace tenon {

void require_epsilon(std::string_view op, double epsilon) {
  require(epsilon >= 0 && std::isfinite(epsilon), "{}: epsilon is {}, expected a number of at least 0", op, epsilon);
}

void require_parameter(std::string_view op, std::string_view what, const Type& parameter, const Type& x,
                       const Shape& shape) {
  const DType wide = accumulate_type(x.dtype);
  require(parameter.dtype == x.dtype || parameter.dtype == wide, "{}: the {} is {}, expected {}{} for x {}", op, what,
          parameter, x.dtype, wide == x.dtype ? "" : fmt::format(" or {}", wide), x);
  require(parameter.shape == shape, "{}: the {} is {}, expected the shape {} for x {}", op, what, parameter, shape, x);
}

void require_scale_and_bias(std::string_view op, Operands in, const Shape& shape) {
  require(!in.empty() && in.size() <= 3, "{}: {} operands given; expected x and, optionally, scale and bias", op,
          in.size());
  const char* names[] = {"", "scale", "bias"};
  for (std::size_t k = 1; k < in.size(); ++k) require_parameter(op, names[k], in[k].type, in[0].type, shape);
}

Ints axes_but(i64 axis, i64 rank) {
  Ints axes;
  for (i64 a = 0; a < rank; ++a)
    if (a != axis) axes.push_back(a);
  return axes;
}

Ints axes_from(i64 axis, i64 rank) {
  Ints axes;
  for (i64 a = axis; a < rank; ++a) axes.push_back(a);
  return axes;
}

Built widened(Builder& b, const Value& x) { return cast(Built{&b, x}, accumulate_type(x.dtype())); }

Built along_axis(const Built& v, i64 axis, i64 rank) {
  Shape shape(static_cast<std::size_t>(rank), 1);
  shape[static_cast<std::size_t>(axis)] = v.shape()[0];
  return reshape(v, shape);
}

Built summed_over_rows(const Built& x, i64 axis) {
  Ints rows;
  for (i64 a = 0; a < axis; ++a) rows.push_back(a);
  return rows.empty() ? x : sum(x, rows);
}

Built Moments::normal() const { return centred * inverse; }

namespace {
/// Of single elements where there are no axes, which mean() takes for all.
Built mean_over(const Built& x, const Ints& axes) { return axes.empty() ? x : mean(x, axes, true); }
}  // namespace

Statistics statistics(const Built& x, const Ints& axes) {
  const Built mean = mean_over(x, axes), centred = x - mean;
  return {centred, mean, mean_over(square(centred), axes)};
}

Moments moments(const Built& x, const Ints& axes, double epsilon) {
  const Statistics s = statistics(x, axes);
  return {s.centred, rsqrt(s.variance + epsilon)};
}

// inverse (grad - mean(grad) - normal mean(grad normal))
Built through_moments(const Moments& m, const Built& grad, const Ints& axes) {
  const Built normal = m.normal();
  return m.inverse * (grad - mean_over(grad, axes) - normal * mean_over(grad * normal, axes));
}

}  // namespace tenon
