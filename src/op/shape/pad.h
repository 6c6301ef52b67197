#pragma once
#include "op/op.h"

namespace tenon {

struct Pad {
  static constexpr std::string_view name = "pad";
  static constexpr std::string_view doc =
      "x with low[d] elements `value` before and high[d] after it in each dimension d; negative numbers crop.";
  static constexpr Traits traits{.index_map = true};
  Ints low, high;
  double value = 0;
  static void fields(auto& self, auto&& f) { f("low", self.low), f("high", self.high), f("value", self.value); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    const Type& x = in[0].type;
    require(low.size() == x.shape.size() && high.size() == x.shape.size(),
            "pad: {} has rank {}, but there are {} numbers in low and {} in high", x, x.rank(), low.size(),
            high.size());
    Type out = x;
    constexpr i64 kLimit = i64(1) << 40;
    for (std::size_t d = 0; d < low.size(); ++d) {
      require(low[d] > -kLimit && low[d] < kLimit && high[d] > -kLimit && high[d] < kLimit,
              "pad: {} and {} in dimension {} are too large", low[d], high[d], d);
      out.shape[d] += low[d] + high[d];
      require(out.shape[d] >= 0, "pad: {} and {} crop more than the {} elements of dimension {}", low[d], high[d],
              x.shape[d], d);
    }
    element_count(out.shape);
    return {out};
  }
  expr::Expr define(std::span<const Type> in) const {
    const Operand x[1] = {{in[0]}};
    const auto out = expr::indices(infer(x)[0].shape);
    std::vector<expr::At> at;
    for (std::size_t d = 0; d < out.size(); ++d) at.emplace_back(out[d] - low[d]);
    return expr::compute({in[0]}, expr::dims(out), expr::Input(0, in[0]).outside(value)(at));
  }
  static std::vector<Case<Pad>> samples() {
    return {{{{1, 0}, {2, 3}, 0}, {{{DType::F32, {3, 5}}}}},
            {{{-1, 2}, {0, -3}, 1.5}, {{{DType::F32, {3, 5}}}}},
            {{{0, 1, 2, 0}, {0, 0, 1, 3}, -2}, {{{DType::F64, {2, 3, 1, 2}}}}},
            {{{}, {}, 3}, {{{DType::F32, {}}}}},
            {{{2}, {1}, 7}, {{{DType::F16, {0}}}}},
            {{{-2}, {-2}, 0}, {{{DType::BF16, {4}}}}},
            {{{1}, {1}, -3}, {{{DType::I32, {4}}, -5, 5, false}}},
            {{{1}, {2}, 1}, {{{DType::Bool, {4}}, 0, 2, false}}}};
  }
};

}  // namespace tenon
