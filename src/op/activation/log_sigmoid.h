#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct LogSigmoid : Unary<LogSigmoid> {
  static constexpr std::string_view name = "log_sigmoid";
  static constexpr std::string_view doc = "log(sigmoid(x)) = -log(1 + exp(-x)), without overflow or loss.";
  static constexpr SampleRange range{.low = -4, .high = 4};
  static expr::Scalar formula(const expr::Scalar& x) {
    return expr::where(x > 0, -expr::log1p(expr::exp(-x)), x - expr::log1p(expr::exp(x)));
  }
};

}  // namespace tenon
