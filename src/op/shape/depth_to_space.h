#pragma once
#include "op/op.h"

namespace tenon {

struct DepthToSpace {
  static constexpr std::string_view name = "depth_to_space";
  static constexpr std::string_view doc =
      "Channels laid out in blocks of block x block (x …) elements: [N, C, spatial…] to [N, C / block^rank, spatial "
      "times block…]. Channels count offsets in a block, then what is left (mode \"DCR\"), or the other way round "
      "(\"CRD\", which is pixel shuffle).";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x has batch, channels and spatial dimensions | {block=2} (f32[2,3])
    the block is at least 1 | {block=0} (f32[1,4,2,2])
    the mode is "DCR" or "CRD" | {block=2, mode="RCD"} (f32[1,4,2,2])
    the block divides the channels | {block=2} (f32[1,3,2,2]))";
  static constexpr Traits traits{.index_map = true};
  i64 block = 1;
  std::string mode = "DCR";
  static void fields(auto& self, auto&& f) { f("block", self.block), f("mode", self.mode); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<DepthToSpace>> samples();
};

}  // namespace tenon
