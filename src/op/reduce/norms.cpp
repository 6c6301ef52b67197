#include "op/math/functions.h"
#include "op/reduce/functions.h"
#include "op/shape/functions.h"

namespace tenon {

// x / norm, which counts as 0 where the norm is
Values NormL2::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                   std::span<const Value> grad) const {
  const Ints over = reduced_axes(name, axes, in[0].rank());
  const auto kept = [&](const Value& v) { return Built{&b, with_reduced_dims(b, v, in[0].shape(), over)}; };
  const Built norm = kept(out[0]);
  return {(Built{&b, in[0]} * (kept(grad[0]) / where(equal(norm, 0), expr::kInfinity, norm))).value};
}

Values LogSumExp::expand(Builder& b, std::span<const Value> in) const {
  const Ints over = reduced_axes(name, axes, in[0].rank());
  const DType t = in[0].dtype();
  const Built x = cast(Built{&b, in[0]}, accumulate_type(t));
  if (over.empty()) return {in[0]};
  if (reduced_count(in[0].shape(), over) == 0) return {log(sum(Built{&b, in[0]}, over, keep_dims)).value};
  const Built largest = max(x, over, true), shift = where(is_finite(largest), largest, 0);
  const Built y = shift + log(sum(exp(x - shift), over, true));
  return {cast(keep_dims ? y : squeeze(y, over), t).value};
}

// exp(x - y), which is softmax(x); 0 where all x are -infinity
Values LogSumExp::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                      std::span<const Value> grad) const {
  const Ints over = reduced_axes(name, axes, in[0].rank());
  const auto kept = [&](const Value& v) { return Built{&b, with_reduced_dims(b, v, in[0].shape(), over)}; };
  const Built y = kept(out[0]), shift = where(equal(y, -expr::kInfinity), 0, y);
  return {(kept(grad[0]) * exp(Built{&b, in[0]} - shift)).value};
}

}  // namespace tenon
