#include <mutex>

#include "runtime/special/elements.h"
#include "runtime/special/fourier.h"
#include "runtime/special/slots.h"
#include "runtime/special/table.h"
#include "tensor/lines.h"

namespace tenon::runtime {

namespace {

/// Lines go through the transform several at a time, so that it works on vectors.
constexpr i64 kMostLanes = 16, kElements = 1 << 14, kMostLength = i64{1} << 40;

struct Dft {
  Lines from, to;  ///< in numbers, complex or real
  i64 parts = 2;   ///< 1: the operand is real
  bool inverse = false;
  i64 lanes = 1;

  i64 groups() const { return ceil_div(from.count(), lanes); }
};

template <class T, class R>
void transform_lines(const Dft& d, const Fourier<R>& f, i64 group, R* memory, const T* x, T* y) {
  const i64 first = group * d.lanes, lanes = std::min(d.lanes, d.from.count() - first), n = d.from.length;
  const i64 size = n * lanes + Fourier<R>::kApart;
  R *re = memory, *im = re + size, *work = im + size;
  R *forward_re = d.inverse ? im : re, *forward_im = d.inverse ? re : im;
  for (i64 l = 0; l < lanes; ++l)
    for (i64 k = 0; k < n; ++k) {
      const T* at = x + d.from.at(first + l, k) * d.parts;
      re[k * lanes + l] = widened(at[0]);
      im[k * lanes + l] = d.parts == 2 ? widened(at[1]) : R(0);
    }
  f.run(forward_re, forward_im, lanes, work);
  const R scale = d.inverse ? R(1) / static_cast<R>(n) : R(1);
  for (i64 l = 0; l < lanes; ++l)
    for (i64 k = 0; k < d.to.length; ++k) {
      T* at = y + d.to.at(first + l, k) * 2;
      at[0] = narrowed<T>(re[k * lanes + l] * scale);
      at[1] = narrowed<T>(im[k * lanes + l] * scale);
    }
}

/// Roots of unity take as much memory as a line, so they are made when the first line is there.
template <class R>
class Lazy {
 public:
  const Fourier<R>& of(i64 n) {
    std::call_once(once_, [&] { made_ = std::make_unique<const Fourier<R>>(n); });
    return *made_;
  }

 private:
  std::once_flag once_;
  std::unique_ptr<const Fourier<R>> made_;
};

}  // namespace

SpecialKernel make_dft(const SpecialCall& call) {
  call.expect_operands(1, 1);
  const Type& x = call.in[0];
  call.expect(is_float(x.dtype) && x.rank() >= 2 && (x.shape.back() == 1 || x.shape.back() == 2));
  const i64 axis = normal_axis(call.integer("axis"), x.rank());
  call.expect(axis < x.rank() - 1);
  Dft d{.parts = x.shape.back(), .inverse = call.flag("inverse")};
  Shape numbers(x.shape.begin(), x.shape.end() - 1);
  d.from = lines_of(numbers, axis);
  d.to = {d.from.outer, call.flag("onesided") ? d.from.length / 2 + 1 : d.from.length, d.from.inner};
  numbers[static_cast<std::size_t>(axis)] = d.to.length;
  numbers.push_back(2);
  call.expect(call.out[0] == Type{x.dtype, numbers} && d.from.length >= 1 && d.from.length <= kMostLength);
  d.lanes = std::clamp<i64>(kElements / d.from.length, 1, std::clamp<i64>(d.from.count(), 1, kMostLanes));
  return with_element(x.dtype, [&]<class T>(std::type_identity<T>) {
    if constexpr (kInteger<T>) {
      return SpecialKernel{};
    } else {
      using R = Wide<T>;
      auto lazy = std::make_shared<Lazy<R>>();
      const i64 reals =
          2 * (d.from.length * d.lanes + Fourier<R>::kApart) + Fourier<R>::workspace(d.from.length, d.lanes);
      const Slots slots(d.groups(), d.from.length * d.lanes, reals * static_cast<i64>(sizeof(R)));
      return SpecialKernel{slots.bytes(), [=](const SpecialArgs& a) {
                             if (d.groups() == 0) return;
                             const Fourier<R>& f = lazy->of(d.from.length);
                             slots.run(a.workspace, [&](i64 group, std::byte* memory) {
                               transform_lines<T, R>(d, f, group, reinterpret_cast<R*>(memory), a.operand<T>(0),
                                                     a.output<T>(0));
                             });
                           }};
    }
  });
}

}  // namespace tenon::runtime
