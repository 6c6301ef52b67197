#pragma once
#include "op/special/scan.h"

namespace tenon {

/// The axis of an operand whose last dimension holds real and imaginary parts. Throws Error that begins with `op`.
i64 signal_axis(std::string_view op, const Type& x, i64 axis);

struct Dft {
  static constexpr std::string_view name = "dft";
  static constexpr std::string_view doc =
      "Discrete Fourier transform along the axis: y[k] = sum over j of x[j] exp(-2 pi i j k / n); inverse: with the "
      "other sign, divided by n. The last dimension of x holds real and imaginary part, or the real part alone; that "
      "of "
      "y both. Onesided: of a real x only the first n / 2 + 1 numbers, which determine the others. dft(x)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    x is a float | (i32[4,2])
    x has a last dimension for real and imaginary part | {axis=0} (f32[4])
    the axis is one of x | {axis=2} (f32[4,2])
    but not the last | {axis=1} (f32[4,2])
    the last has one number or two | {axis=0} (f32[4,3])
    onesided is for real numbers, forward | {axis=0, onesided=true} (f32[4,2])
    the axis is not empty | {axis=0} (f32[0,2]))";
  static constexpr Traits traits{};
  i64 axis = -2;
  bool inverse = false, onesided = false;
  static void fields(auto& self, auto&& f) {
    f("axis", self.axis), f("inverse", self.inverse), f("onesided", self.onesided);
  }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<Dft>> samples();
};

}  // namespace tenon
