#pragma once
#include "op/index/indexing.h"

namespace tenon {

struct GatherNd {
  static constexpr std::string_view name = "gather_nd";
  static constexpr std::string_view doc =
      "Slices of x by integer positions in several dimensions: the last dimension of ids holds one position for each "
      "dimension of x behind the first batch_dims, which x and ids share. ids [batch…, rows…, m] and x [batch…, m "
      "dimensions, rest…] give [batch…, rows…, rest…]. A position that is out of range is an error. gather_nd(x, ids)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[2,3])
    the positions are integers | (f32[2,3], f32[2])
    batch_dims is less than the rank of the positions, and no more than that of x | {batch_dims=2} (f32[2,3], i64[2,1])
    the positions have a last dimension | (f32[2,3], i64[])
    they name no more dimensions than x has | (f32[2,3], i64[2,3])
    the first batch_dims dimensions agree | {batch_dims=1} (f32[2,3], i64[3,1]))";
  static constexpr Traits traits{.index_map = true};
  i64 batch_dims = 0;
  static void fields(auto& self, auto&& f) { f("batch_dims", self.batch_dims); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<GatherNd>> samples();
};

}  // namespace tenon
