#pragma once
#include "eager/tensor.h"
#include "op/nn/functions.h"

namespace tenon::loss {

/// The mean over all elements of (prediction - target)^2; both of one float type and shape.
struct Mse {
  Tensor operator()(const Tensor& prediction, const Tensor& target) const { return mse(prediction, target); }
};

}  // namespace tenon::loss
