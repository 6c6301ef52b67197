#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Silu : Unary<Silu> {
  static constexpr std::string_view name = "silu";
  static constexpr std::string_view doc = "x * sigmoid(x) (Elfwing et al. 2017; also called swish).";
  static expr::Scalar formula(const expr::Scalar& x) { return x * expr::sigmoid(x); }
};

}  // namespace tenon
