#pragma once
#include "op/conv/pool.h"

namespace tenon {

struct AveragePool : PoolFields {
  static constexpr std::string_view name = "average_pool";
  static constexpr std::string_view doc =
      "The mean of the elements in each window. With count_include_pad padding counts as zeros, but never what lies "
      "behind it, where windows reach with ceil_mode. NaN for a window without elements. Extents as of max_pool. "
      "Narrow floats are accumulated in f32.";
  static constexpr Traits traits{.reduction = true};
  bool count_include_pad = false;
  static void fields(auto& self, auto&& f) {
    PoolFields::fields(self, f);
    f("count_include_pad", self.count_include_pad);
  }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    require_float(name, in[0].type);
    return {Type{in[0].type.dtype, pooled_shape(name, in[0].type, *this)}};
  }
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<AveragePool>> samples();
};

}  // namespace tenon
