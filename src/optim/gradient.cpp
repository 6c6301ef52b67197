#include "optim/gradient.h"

#include "eager/grad.h"
#include "op/functions.h"

namespace tenon::optim {

Gradient Gradient::of(const Parameter& p) {
  Gradient g;
  const auto rows = row_gradient(p.grad());
  if (!rows) {
    g.value_ = p.grad();
    return g;
  }
  const auto merged = merge_rows(rows->ids, rows->updates);
  g.value_ = merged.sums, g.positions_ = merged.positions;
  return g;
}

Gradient Gradient::scaled(const Tensor& factor) const {
  Gradient g = *this;
  g.value_ = value_ * cast(factor, value_.dtype());
  return g;
}

Tensor Gradient::part(const Parameter& slot) const {
  // Where no row is, some other stands for it, which set_part passes over.
  return sparse() ? gather(slot.value(), maximum(positions_, 0)) : slot.value();
}

void Gradient::set_part(Parameter slot, const Tensor& value) const {
  slot.set(sparse() ? set_rows(slot.value(), positions_, value) : value);
}

}  // namespace tenon::optim
