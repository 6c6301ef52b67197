#pragma once
#include "op/op.h"

namespace tenon {

struct DepthToSpace {
  static constexpr std::string_view name = "depth_to_space";
  static constexpr std::string_view doc =
      "Channels laid out in blocks of block x block (x …) elements: [N, C, spatial…] to [N, C / block^rank, spatial "
      "times block…]. Channels count offsets in a block, then what is left (mode \"DCR\"), or the other way round "
      "(\"CRD\", which is pixel shuffle).";
  static constexpr Traits traits{.index_map = true};
  i64 block = 1;
  std::string mode = "DCR";
  static void fields(auto& self, auto&& f) { f("block", self.block), f("mode", self.mode); }

  Types infer(Operands in) const;
  expr::Expr define(std::span<const Type> in) const;
  static std::vector<Case<DepthToSpace>> samples();
};

}  // namespace tenon
