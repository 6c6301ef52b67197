#pragma once
#include <cmath>

#include "op/random/random.h"

namespace tenon {

struct Bernoulli {
  static constexpr std::string_view name = "bernoulli";
  static constexpr std::string_view doc =
      "true with the given probability (rounded to a multiple of 2^-24): (word n & 0xFFFFFF) < probability 2^24. "
      "bernoulli(key)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the key is i32[2] | (i64[2])
    the probability is from 0 to 1 | {probability=2, shape=[2]} (i32[2]))";
  static constexpr Traits traits{.random = true};
  double probability = 0.5;
  Shape shape;
  static void fields(auto& self, auto&& f) { f("probability", self.probability), f("shape", self.shape); }

  Types infer(Operands in) const {
    require_key(name, in, shape);
    require(probability >= 0 && probability <= 1, "bernoulli: the probability is {}, expected 0 to 1", probability);
    return {Type{DType::Bool, shape}};
  }
  expr::Expr define(std::span<const Type> in) const {
    const auto out = expr::indices(shape);
    return expr::compute({in[0]}, expr::dims(out),
                         random_24_bits({0, in[0]}, row_major(out)) < std::nearbyint(probability * 0x1p24));
  }
  static std::vector<Case<Bernoulli>> samples() {
    return {{{0.5, {7}}, {sample_key()}}, {{0.9, {3, 5}}, {sample_key()}}, {{0, {4}}, {sample_key()}},
            {{1, {4}}, {sample_key()}},   {{0.25, {}}, {sample_key()}},    {{0.25, {0}}, {sample_key()}}};
  }
};

}  // namespace tenon
