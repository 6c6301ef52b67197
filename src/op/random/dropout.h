#pragma once
#include <cmath>

#include "op/random/random.h"

namespace tenon {

struct Dropout {
  static constexpr std::string_view name = "dropout";
  static constexpr std::string_view doc =
      "Each element of x is 0 with probability `rate`, else x / (1 - rate) (Srivastava et al. 2014, scaled while "
      "training). Element n is dropped where bernoulli with probability rate is true. dropout(x, key)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[2])
    x is a float | (i32[2], i32[2])
    the key is i32[2] | (f32[2], i64[2])
    the rate is at least 0 and less than 1 | {rate=1} (f32[2], i32[2]))";
  static constexpr Traits traits{.random = true};
  double rate = 0.5;
  static void fields(auto& self, auto&& f) { f("rate", self.rate); }

  Types infer(Operands in) const {
    require_operands(name, in, 2);
    require_float(name, in[0].type);
    require_key(name, in.subspan(1), in[0].type.shape);
    require(rate >= 0 && rate < 1, "dropout: the rate is {}, expected 0 <= rate < 1", rate);
    return {in[0].type};
  }
  expr::Expr define(std::span<const Type> in) const {
    const auto out = expr::indices(in[0].shape);
    const auto dropped = random_24_bits({1, in[1]}, row_major(out)) < std::nearbyint(rate * 0x1p24);
    return expr::compute({in[0], in[1]}, expr::dims(out),
                         expr::where(dropped, 0, expr::Input(0, in[0])(expr::ats(out)) * (1 / (1 - rate))));
  }
  static std::vector<Case<Dropout>> samples() {
    return {{{0.5}, {{{DType::F32, {3, 5}}}, sample_key()}}, {{0.1}, {{{DType::F64, {2, 3, 1, 4}}}, sample_key()}},
            {{0}, {{{DType::F32, {4}}}, sample_key()}},      {{0.9}, {{{DType::F16, {7}}}, sample_key()}},
            {{0.3}, {{{DType::F32, {}}}, sample_key()}},     {{0.3}, {{{DType::BF16, {0, 3}}}, sample_key()}}};
  }
};

}  // namespace tenon
