#pragma once
#include "op/special/dft.h"

namespace tenon {

struct Irfft {
  static constexpr std::string_view name = "irfft";
  static constexpr std::string_view doc =
      "The n real numbers along the axis whose discrete Fourier transform begins with x, the inverse of rfft: x has "
      "n / 2 + 1 complex numbers on the axis, with real and imaginary part in its last dimension, which goes. n = 0: "
      "the "
      "even one. irfft(x)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[3,2])
    the last dimension is 2, real and imaginary part | (f32[3,1])
    n / 2 + 1 is the extent of the axis | {axis=-2, n=7} (f32[3,2]))";
  static constexpr Traits traits{};
  i64 axis = -2, n = 0;
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("n", self.n); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Irfft>> samples() {
    return {{{-2, 7}, {{{DType::F32, {4, 2}}}}},   {{-2, 6}, {{{DType::F32, {4, 2}}}}},
            {{0, 0}, {{{DType::F32, {3, 3, 2}}}}}, {{1, 5}, {{{DType::F64, {2, 3, 2}}}}},
            {{-2}, {{{DType::F16, {2, 3, 2}}}}},   {{-2}, {{{DType::BF16, {2, 3, 2}}}}},
            {{-2, 1}, {{{DType::F32, {1, 2}}}}},   {{-2, 2}, {{{DType::F32, {2, 2}}}}},
            {{1, 4}, {{{DType::F32, {0, 3, 2}}}}}};
  }
};

}  // namespace tenon
