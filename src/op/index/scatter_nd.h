#pragma once
#include "op/index/indexing.h"

namespace tenon {

struct ScatterNd {
  static constexpr std::string_view name = "scatter_nd";
  static constexpr std::string_view doc =
      "x in which slices of updates are put at positions in several dimensions, the inverse of gather_nd: ids "
      "[rows…, m] and updates [rows…, the dimensions of x behind the first m]. Slices for one position are reduced "
      "with x by add, mul, max or min, or with reduction \"none\" the last one stays. A position that is out of "
      "range is an error. scatter_nd(x, ids, updates)";
  static constexpr std::string_view constraints = R"(
    there are three operands | (f32[2,3], i64[2])
    the positions are integers | (f32[2,3], f32[2,1], f32[2,3])
    the reduction is "none", "add", "mul", "max" or "min" | {reduction="mean"} (f32[2,3], i64[2,1], f32[2,3])
    the positions have a last dimension | (f32[2,3], i64[], f32[])
    they name no more dimensions than x has | (f32[2,3], i64[2,3], f32[2])
    the updates are what gather_nd would give | (f32[2,3], i64[2,1], f32[2,2]))";
  static constexpr Traits traits{};
  std::string reduction = "none";
  static void fields(auto& self, auto&& f) { f("reduction", self.reduction); }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<ScatterNd>> samples();
};

}  // namespace tenon
