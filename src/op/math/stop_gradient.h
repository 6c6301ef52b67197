#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct StopGradient : Unary<StopGradient> {
  static constexpr std::string_view name = "stop_gradient";
  static constexpr std::string_view doc = "x itself, through which no gradient flows.";
  static constexpr Traits traits{.elementwise = true, .stops_gradient = true};
  static constexpr Accepts accepts = Accepts::All;

  static expr::Scalar formula(const expr::Scalar& x) { return x; }
  Values vjp(Builder&, std::span<const Value>, std::span<const Value>, std::span<const Value>) const {
    return {Value()};
  }
  static std::vector<Case<StopGradient>> samples() {
    auto inputs = elementwise_inputs(accepts, {&range, 1});
    for (auto& in : inputs) in[0].differentiable = false;
    return cases_of(StopGradient{}, inputs);
  }
};

}  // namespace tenon
