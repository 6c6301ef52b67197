// What the operators that normalise share. They compute in the type in which sums are accumulated and round once.
#pragma once
#include "op/handle.h"

namespace tenon {

/// A number for `epsilon`: finite, at least 0.
void require_epsilon(std::string_view op, double epsilon);
/// Throws Error unless the parameter (what: "scale") has this shape, and x's element type or the one in which sums of
/// it are accumulated.
void require_parameter(std::string_view op, std::string_view what, const Type& parameter, const Type& x,
                       const Shape& shape);
/// Scale and bias, of which the last or both may be absent, behind x.
void require_scale_and_bias(std::string_view op, Operands in, const Shape& shape);

/// The axes but one; those from one on.
Ints axes_but(i64 axis, i64 rank);
Ints axes_from(i64 axis, i64 rank);

/// x in the type in which sums are accumulated.
Built widened(Builder& b, const Value& x);
/// One element per position along the axis, as a tensor of this rank that broadcasts.
Built along_axis(const Built& v, i64 axis, i64 rank);

/// The sum over the dimensions in front of the axis.
Built summed_over_rows(const Built& x, i64 axis);

/// x less its mean, the mean and the variance, over the axes, which stay with extent 1.
struct Statistics {
  Built centred, mean, variance;
};
Statistics statistics(const Built& x, const Ints& axes);

/// x less its mean, and 1 / sqrt(variance + epsilon).
struct Moments {
  Built centred, inverse;
  Built normal() const;  ///< of mean 0 and variance 1
};
Moments moments(const Built& x, const Ints& axes, double epsilon);
/// The gradient of x given that of the normalised values.
Built through_moments(const Moments& m, const Built& grad, const Ints& axes);

}  // namespace tenon
