#include "op/reduce/variance.h"

#include "op/math/functions.h"
#include "op/reduce/functions.h"

namespace tenon {

namespace {

/// x - mean, in the type in which sums are accumulated.
Built centred(const Built& x, const Ints& over) {
  const Built wide = cast(x, accumulate_type(x.dtype()));
  return over.empty() ? wide - wide : wide - mean(wide, over, true);
}

}  // namespace

Values Variance::expand(Builder& b, std::span<const Value> in) const {
  const Ints over = reduced_axes(name, axes, in[0].rank());
  const Built square_of = square(centred({&b, in[0]}, over));
  const Built total = over.empty() ? square_of : sum(square_of, over, keep_dims);
  return {cast(divided_by_count(total, {&b, in[0]}, over, correction), in[0].dtype()).value};
}

// 2 (x - mean) / n: what the mean depends on x adds up to 0.
Values Variance::vjp(Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) const {
  const Ints over = reduced_axes(name, axes, in[0].rank());
  const Built d = centred({&b, in[0]}, over), dy{&b, with_reduced_dims(b, grad[0], in[0].shape(), over)};
  const Built slope = divided_by_count(cast(dy, d.dtype()) * 2, {&b, in[0]}, over, correction);
  return {cast(slope * d, in[0].dtype()).value};
}

Values StandardDeviation::expand(Builder& b, std::span<const Value> in) const {
  const DType t = in[0].dtype();
  const Built wide = cast(Built{&b, in[0]}, accumulate_type(t));
  return {cast(sqrt(variance(wide, axes, keep_dims, correction)), t).value};
}

// (x - mean) / (n deviation). Of equal elements the deviation is what their mean is rounded by.
Values StandardDeviation::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                              std::span<const Value> grad) const {
  const Ints over = reduced_axes(name, axes, in[0].rank());
  const Built d = centred({&b, in[0]}, over), x = cast(Built{&b, in[0]}, d.dtype());
  const Built rounding = abs(over.empty() ? x : mean(x, over, true)) * (d.dtype() == DType::F64 ? 0x1p-50 : 0x1p-21);
  const auto kept = [&](const Value& v) {
    return cast(Built{&b, with_reduced_dims(b, v, in[0].shape(), over)}, d.dtype());
  };
  const Built y = kept(out[0]), slope = divided_by_count(kept(grad[0]), {&b, in[0]}, over, correction);
  return {cast(d * (slope / where(y <= rounding, expr::kInfinity, y)), in[0].dtype()).value};
}

}  // namespace tenon
