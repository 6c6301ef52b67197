#pragma once
#include "op/op.h"

namespace tenon {

struct ChannelShuffle {
  static constexpr std::string_view name = "channel_shuffle";
  static constexpr std::string_view doc =
      "Channels (dimension 1) taken in turn from each of the groups: result channel c * groups + g is channel g * (C "
      "/ groups) + c of x. (Zhang et al. 2017)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x has batch and channels | (f32[4])
    the groups divide the channels | {groups=3} (f32[1,4,2]))";
  static constexpr Traits traits{.index_map = true};
  i64 groups = 1;
  static void fields(auto& self, auto&& f) { f("groups", self.groups); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    const Type& x = in[0].type;
    require(x.rank() >= 2, "channel_shuffle: x is {}, expected batch and channels first", x);
    require(groups >= 1 && x.shape[1] % groups == 0,
            "channel_shuffle: x is {} with {} channels, which {} groups do not "
            "divide",
            x, x.shape[1], groups);
    return {x};
  }
  expr::Expr define(std::span<const Type> in) const {
    const auto i = expr::indices(in[0].shape);
    const expr::Index g("g", groups), c("c", floor_div(in[0].shape[1], groups));
    auto out = expr::dims(i);
    auto at = expr::ats(i);
    out[1] = expr::join(c, g);
    at[1] = g * c.extent() + c;
    return expr::compute({in[0]}, out, expr::Input(0, in[0])(at));
  }
  static std::vector<Case<ChannelShuffle>> samples() {
    return {{{2}, {{{DType::F32, {2, 6, 3}}}}},  {{3}, {{{DType::F64, {1, 6, 2, 2}}}}},
            {{1}, {{{DType::F32, {2, 3}}}}},     {{4}, {{{DType::F16, {1, 4, 3}}}}},
            {{2}, {{{DType::BF16, {0, 4, 3}}}}}, {{2}, {{{DType::I32, {1, 4}}, -5, 5, false}}}};
  }
};

}  // namespace tenon
