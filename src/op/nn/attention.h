#pragma once
#include "op/op.h"

namespace tenon {

struct Attention {
  static constexpr std::string_view name = "attention";
  static constexpr std::string_view doc =
      "softmax(scale q k^T + mask) v over the last two dimensions (Vaswani et al. 2017): q [..., h, n, d], "
      "k [..., g, m, d], v [..., g, m, e] give [..., h, n, e]. g divides h: each h / g neighbouring heads of q share a "
      "head of k and v. The mask broadcasts to [..., h, n, m]. With causal, query i sees the keys 0 to i. Scale 0 "
      "means "
      "1 / sqrt(d). A query that sees no key (all of the mask -inf) gives NaN. attention(q, k, v) or "
      "attention(q, k, v, mask)";
  static constexpr std::string_view constraints = R"(
    there are q, k, v and perhaps a mask | (f32[2,3,4], f32[2,3,4])
    they are floats | (i32[2,3,4], i32[2,3,4], i32[2,3,4])
    all have one element type | (f32[2,3,4], f32[2,3,4], f64[2,3,4])
    all have one rank, of at least two | (f32[2,3,4], f32[2,3,4], f32[3,4])
    q and k have as many features | (f32[2,3,4], f32[2,3,5], f32[2,3,4])
    k and v differ in the last dimension only | (f32[2,3,4], f32[2,3,4], f32[2,2,4])
    the heads of k divide those of q | (f32[3,3,4], f32[2,3,4], f32[2,3,4])
    the mask broadcasts to [..., h, n, m] | (f32[2,3,4], f32[2,3,4], f32[2,3,4], f32[5,3]))";
  static constexpr Traits traits{};
  bool causal = false;
  double scale = 0;
  static void fields(auto& self, auto&& f) { f("causal", self.causal), f("scale", self.scale); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Attention>> samples();
};

}  // namespace tenon
