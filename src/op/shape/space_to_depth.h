#pragma once
#include "op/op.h"

namespace tenon {

struct SpaceToDepth {
  static constexpr std::string_view name = "space_to_depth";
  static constexpr std::string_view doc =
      "The inverse of depth_to_space: blocks of block x block (x …) elements become channels, [N, C, spatial…] to "
      "[N, C times block^rank, spatial / block…], which count offsets in a block, then the channels of x (mode "
      "\"DCR\"), or the other way round (\"CRD\").";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x has batch, channels and spatial dimensions | {block=2} (f32[2,3])
    the block is at least 1 | {block=0} (f32[1,4,2,2])
    the mode is "DCR" or "CRD" | {block=2, mode="RCD"} (f32[1,4,2,2])
    the block divides the spatial dimensions | {block=2} (f32[1,1,3,2]))";
  static constexpr Traits traits{.index_map = true};
  i64 block = 1;
  std::string mode = "DCR";
  static void fields(auto& self, auto&& f) { f("block", self.block), f("mode", self.mode); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<SpaceToDepth>> samples();
};

}  // namespace tenon
