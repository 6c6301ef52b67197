#pragma once
#include "op/conv/global_pool.h"

namespace tenon {

struct GlobalMaxPool {
  static constexpr std::string_view name = "global_max_pool";
  static constexpr std::string_view doc =
      "The largest element over all spatial dimensions, which stay with extent 1. x is [N, C, spatial…], with layout "
      "\"nhwc\" [N, spatial…, C].";
  static constexpr Traits traits{.reduction = true};
  std::string layout = "nchw";
  static void fields(auto& self, auto&& f) { f("layout", self.layout); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<GlobalMaxPool>> samples();
};

}  // namespace tenon
