#pragma once
#include "op/random/random.h"

namespace tenon {

struct Normal {
  static constexpr std::string_view name = "normal";
  static constexpr std::string_view doc =
      "Normally distributed f32 (Box and Muller 1958): mean + stddev sqrt(-2 log u) cos(2 pi v), where u in (0, 1] "
      "comes "
      "from word 2n and v in [0, 1) from word 2n + 1, 24 bits each. At most 5.8 standard deviations from the mean. "
      "normal(key)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the key is i32[2] | (i64[2])
    the standard deviation is at least 0 | {shape=[2], mean=0, stddev=-1} (i32[2]))";
  static constexpr Traits traits{.random = true};
  Shape shape;
  double mean = 0, stddev = 1;
  static void fields(auto& self, auto&& f) { f("shape", self.shape), f("mean", self.mean), f("stddev", self.stddev); }

  Types infer(Operands in) const {
    require_key(name, in, shape);
    require(stddev >= 0, "normal: the standard deviation is {}, expected at least 0", stddev);
    return {Type{DType::F32, shape}};
  }
  expr::Expr define(std::span<const Type> in) const {
    constexpr double kTwoPi = 6.28318530717958647693;
    const expr::Input key(0, in[0]);
    const auto out = expr::indices(shape);
    const auto u = expr::cast(DType::F32, random_24_bits(key, row_major(out) * 2) + 1) * 0x1p-24;
    const auto v = expr::cast(DType::F32, random_24_bits(key, row_major(out) * 2 + 1)) * 0x1p-24;
    const auto z = expr::sqrt(-2 * expr::log(u)) * expr::cos(v * kTwoPi);
    return expr::compute({in[0]}, expr::dims(out), z * stddev + mean);
  }
  static std::vector<Case<Normal>> samples() {
    return {{{{7}}, {sample_key()}},
            {{{3, 5}, -2, 0.5}, {sample_key()}},
            {{{}, 1, 0}, {sample_key()}},
            {{{0}}, {sample_key()}},
            {{{2, 3, 1, 4}, 10, 3}, {sample_key()}}};
  }
};

}  // namespace tenon
