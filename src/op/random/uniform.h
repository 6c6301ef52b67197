#pragma once
#include "op/random/random.h"

namespace tenon {

struct Uniform {
  static constexpr std::string_view name = "uniform";
  static constexpr std::string_view doc =
      "Uniformly distributed f32: low + (high - low) u, where u = (word n & 0xFFFFFF) 2^-24 is below 1, in f32 "
      "arithmetic "
      "(so that rounding may give high). uniform(key)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the key is i32[2] | (i64[2])
    low is not above high | {shape=[2], low=1, high=0} (i32[2]))";
  static constexpr Traits traits{.random = true};
  Shape shape;
  double low = 0, high = 1;
  static void fields(auto& self, auto&& f) { f("shape", self.shape), f("low", self.low), f("high", self.high); }

  Types infer(Operands in) const {
    require_key(name, in, shape);
    require(low <= high, "uniform: low is {} and high {}; expected low <= high", low, high);
    return {Type{DType::F32, shape}};
  }
  expr::Expr define(std::span<const Type> in) const {
    const auto out = expr::indices(shape);
    const auto u = expr::cast(DType::F32, random_24_bits({0, in[0]}, row_major(out))) * 0x1p-24;
    return expr::compute({in[0]}, expr::dims(out), u * (high - low) + low);
  }
  static std::vector<Case<Uniform>> samples() {
    return {{{{7}}, {sample_key()}},
            {{{3, 5}, -2, 3}, {sample_key()}},
            {{{}, 1, 1}, {sample_key()}},
            {{{0}}, {sample_key()}},
            {{{2, 3, 1, 4}, -0.1, 0.1}, {sample_key()}}};
  }
};

}  // namespace tenon
