#pragma once
#include "op/index/indexing.h"

namespace tenon {

struct MaxUnpool {
  static constexpr std::string_view name = "max_unpool";
  static constexpr std::string_view doc =
      "Each element of x at the position that max_pool_with_indices gave it, in as many last dimensions as there are "
      "extents; zeros elsewhere. Of several elements for one position the last one stays. A position that is out of "
      "range is an error. max_unpool(x, indices)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[1,1,2])
    the indices are integers | {extents=[4]} (f32[1,1,2], f32[1,1,2])
    they have the shape of x | {extents=[4]} (f32[1,1,2], i64[1,1,3])
    there is an extent for each spatial dimension | (f32[1,1,2], i64[1,1,2])
    which is at least 0 | {extents=[-1]} (f32[1,1,2], i64[1,1,2]))";
  static constexpr Traits traits{};
  Ints extents;
  static void fields(auto& self, auto&& f) { f("extents", self.extents); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<MaxUnpool>> samples();
};

}  // namespace tenon
