#pragma once
#include "op/random/random.h"

namespace tenon {

struct RandomBits {
  static constexpr std::string_view name = "random_bits";
  static constexpr std::string_view doc =
      "Random 32-bit words (i32): element n, row-major, is word 0 of Threefry-2x32-20 under the key with the counter "
      "n. "
      "random_bits(key)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the key is i32[2] | (i64[2]))";
  static constexpr Traits traits{.random = true};
  Shape shape;
  static void fields(auto& self, auto&& f) { f("shape", self.shape); }

  Types infer(Operands in) const {
    require_key(name, in, shape);
    return {Type{DType::I32, shape}};
  }
  expr::Expr define(std::span<const Type> in) const {
    const auto out = expr::indices(shape);
    return expr::compute({in[0]}, expr::dims(out), random_word({0, in[0]}, row_major(out)));
  }
  static std::vector<Case<RandomBits>> samples() {
    return {{{{7}}, {sample_key()}},
            {{{3, 5}}, {sample_key()}},
            {{{}}, {sample_key()}},
            {{{2, 0}}, {sample_key()}},
            {{{2, 3, 1, 4}}, {sample_key()}}};
  }
};

}  // namespace tenon
