#include "op/special/dft.h"

#include <numbers>

#include "op/math/functions.h"
#include "op/shape/functions.h"

namespace tenon {

i64 signal_axis(std::string_view op, const Type& x, i64 axis) {
  require_float(op, x);
  require(x.rank() >= 2, "{}: x is {}, expected a signal and a last dimension for real and imaginary part", op, x);
  require_axis(op, x, axis);
  const i64 a = normal_axis(axis, x.rank());
  require(a != x.rank() - 1, "{}: axis {} of {} holds real and imaginary part; expected one before it", op, axis, x);
  return a;
}

Types Dft::infer(Operands in) const {
  require_operands(name, in, 1);
  Type y = in[0].type;
  const auto a = static_cast<std::size_t>(signal_axis(name, y, axis));
  const Dim parts = y.shape.back();
  require(parts == 1 || parts == 2,
          "dft: x is {}; expected a last dimension of 1 (real) or 2 (real and imaginary part)", y);
  require(!onesided || (parts == 1 && !inverse),
          "dft: onesided is for the forward transform of real numbers, given {}{}", y, inverse ? " and inverse" : "");
  require(!certainly_less(y.shape[a], 1), "dft: axis {} of {} is empty; expected at least one element", axis, y);
  if (onesided) y.shape[a] = floor_div(y.shape[a], 2) + 1;
  y.shape.back() = 2;
  check_shape(y.shape);
  return {y};
}

std::vector<Array> Dft::evaluate(std::span<const Array> in) const {
  const Array& x = in[0];
  const i64 parts = x.shape().back(), n = x.dim(axis), kept = onesided ? n / 2 + 1 : n;
  Shape numbers(x.shape().begin(), x.shape().end() - 1), shape = x.shape();
  const i64 a = normal_axis(axis, x.rank());
  shape[static_cast<std::size_t>(a)] = kept, shape.back() = 2;
  Array y(x.dtype(), shape);
  const Lines from = lines_of(numbers, a), to{from.outer, kept, from.inner};
  const double turn = (inverse ? 2 : -2) * std::numbers::pi / static_cast<double>(n);
  for (i64 line = 0; line < from.count(); ++line)
    for (i64 k = 0; k < kept; ++k) {
      double re = 0, im = 0;
      for (i64 j = 0; j < n; ++j) {
        const double angle = turn * static_cast<double>(j * k % n), c = std::cos(angle), s = std::sin(angle);
        const i64 at = from.at(line, j) * parts;
        const double u = x.at(at).f, v = parts == 2 ? x.at(at + 1).f : 0;
        re += u * c - v * s, im += u * s + v * c;
      }
      const double scale = inverse ? static_cast<double>(n) : 1;
      y.set(to.at(line, k) * 2, re / scale);
      y.set(to.at(line, k) * 2 + 1, im / scale);
    }
  return {y};
}

// The matrix of the transform is symmetric, so its adjoint is the transform with the other sign, unscaled where this
// one is and the other way round.
Values Dft::vjp(Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) const {
  const Built x{&b, in[0]};
  Built g{&b, grad[0]};
  const auto a = static_cast<std::size_t>(normal_axis(axis, x.rank()));
  const Dim n = x.shape()[a];
  if (onesided) {
    Ints low(x.shape().size(), 0), high = low;
    high[a] = n - g.shape()[a];
    g = pad(g, low, high);
  }
  const double scale = inverse ? 1 / static_cast<double>(n) : static_cast<double>(n);
  Built dx = detail::apply_to<Built>(Dft{axis, !inverse}, {g}) * scale;
  if (x.shape().back() == 1) dx = slice_axis(dx, -1, 0, 1);
  return {dx.value};
}

std::vector<Case<Dft>> Dft::samples() {
  std::vector<Case<Dft>> list;
  auto add = [&](Dft op, Shape shape, DType t = DType::F32) { list.push_back({op, {{{t, std::move(shape)}}}}); };
  for (bool inverse : {false, true}) {
    for (i64 n : {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 17, 34}) add({-2, inverse}, {n, 2});
    add({0, inverse}, {4, 3, 2});
    add({1, inverse}, {2, 5, 3, 2});
    add({-2, inverse}, {6, 1});
    add({-2, inverse}, {0, 6, 2});
  }
  for (i64 n : {1, 2, 5, 6, 19}) add({-2, false, true}, {n, 1});
  add({0, false, true}, {6, 3, 1});
  add({0}, {90, 2, 2});
  add({1}, {20, 30, 2}, DType::F64);
  add({1}, {2, 46, 2}, DType::F64);
  for (DType t : {DType::F64, DType::F16, DType::BF16}) add({-2}, {2, 6, 2}, t), add({-2, true}, {2, 5, 2}, t);
  return list;
}

}  // namespace tenon
