#pragma once
#include "op/special/dft.h"

namespace tenon {

struct Rfft {
  static constexpr std::string_view name = "rfft";
  static constexpr std::string_view doc =
      "Discrete Fourier transform of real numbers along the axis: the first n / 2 + 1 numbers, with real and imaginary "
      "part in a last dimension of 2. rfft(x)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[4])
    the axis is one of x | {axis=1} (f32[4])
    it is not empty | (f32[0]))";
  static constexpr Traits traits{};
  i64 axis = -1;
  static void fields(auto& self, auto&& f) { f("axis", self.axis); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<Rfft>> samples() {
    return {{{-1}, {{{DType::F32, {7}}}}},    {{0}, {{{DType::F32, {6, 3}}}}},   {{1}, {{{DType::F64, {2, 5}}}}},
            {{-1}, {{{DType::F16, {2, 4}}}}}, {{-1}, {{{DType::BF16, {2, 4}}}}}, {{0}, {{{DType::F32, {1}}}}},
            {{1}, {{{DType::F32, {0, 4}}}}}};
  }
};

}  // namespace tenon
