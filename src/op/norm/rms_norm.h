#pragma once
#include "op/op.h"

namespace tenon {

struct RmsNorm {
  static constexpr std::string_view name = "rms_norm";
  static constexpr std::string_view doc =
      "x / sqrt(mean(x^2) + epsilon) over the dimensions from `axis` on, times scale, which has the shape of those "
      "dimensions (Zhang and Sennrich 2019). rms_norm(x) or rms_norm(x, scale)";
  static constexpr Traits traits{};
  i64 axis = -1;
  double epsilon = 1e-6;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("epsilon", self.epsilon); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<RmsNorm>> samples();
};

}  // namespace tenon
