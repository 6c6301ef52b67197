#pragma once
#include "op/conv/pool.h"

namespace tenon {

struct MaxPoolWithIndices : PoolFields {
  static constexpr std::string_view name = "max_pool_with_indices";
  static constexpr std::string_view doc =
      "max_pool, and for each window where its maximum is: the row-major position in the spatial dimensions of x, an "
      "i64, the first where several are equal. Results: values, indices.";
  static constexpr Traits traits{.reduction = true};

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<MaxPoolWithIndices>> samples();
};

}  // namespace tenon
