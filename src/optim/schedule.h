// Learning rates over time, as factors of the highest one.
#pragma once
#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "tensor/dtype.h"

namespace tenon::optim {

/// The factor for step 0, 1, 2, …
using Schedule = std::function<double(i64 step)>;

struct ConstantSchedule {
  double operator()(i64) const { return 1; }
};

/// Times `factor` after every `every` steps.
struct StepSchedule {
  i64 every = 1;
  double factor = 0.1;
  double operator()(i64 step) const { return std::pow(factor, static_cast<double>(step / std::max<i64>(every, 1))); }
};

/// From 1 to `last` along half a period of the cosine in `steps` steps, then `last` (Loshchilov and Hutter, "SGDR",
/// 2017).
struct CosineSchedule {
  i64 steps = 1;
  double last = 0;
  double operator()(i64 step) const {
    const double t = std::min(1.0, static_cast<double>(step) / static_cast<double>(std::max<i64>(steps, 1)));
    return last + (1 - last) * (1 + std::cos(std::numbers::pi * t)) / 2;
  }
};

/// From `from` up to 1 along a line in `steps` steps, then as `then` says for steps counted from there.
struct WarmupSchedule {
  i64 steps = 0;
  Schedule then = ConstantSchedule{};
  double from = 0.05;
  double operator()(i64 step) const {
    if (step >= steps) return then(step - steps);
    return from + (1 - from) * static_cast<double>(step) / static_cast<double>(steps);
  }
};

}  // namespace tenon::optim
