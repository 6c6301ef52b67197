#include "runtime/special/fourier.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

namespace tenon::runtime {

namespace {

/// exp(-2 pi i k / n): the angle is reduced to the first octant, so that cos and sin are exact where they are simple.
template <class R>
void root(i64 k, i64 n, R& re, R& im) {
  k = k % n;
  const i64 octant = 8 * k / n;
  auto angle = [&](i64 eighths_n) {
    return 2 * std::numbers::pi / 8 * static_cast<double>(eighths_n) / static_cast<double>(n);
  };
  double c = 0, s = 0;
  const i64 rest = 8 * k - octant * n;  // in units of 1/8 of a turn over n
  const double x = octant % 2 == 0 ? angle(rest) : angle(n - rest);
  const double small_cos = std::cos(x), small_sin = std::sin(x);
  switch (octant) {
    case 0: c = small_cos, s = small_sin; break;
    case 1: c = small_sin, s = small_cos; break;
    case 2: c = -small_sin, s = small_cos; break;
    case 3: c = -small_cos, s = small_sin; break;
    case 4: c = -small_cos, s = -small_sin; break;
    case 5: c = -small_sin, s = -small_cos; break;
    case 6: c = small_sin, s = -small_cos; break;
    default: c = small_cos, s = -small_sin; break;
  }
  re = static_cast<R>(c), im = static_cast<R>(-s);
}

/// None where a larger prime divides n, which is left to the chirp.
std::vector<i64> radices_of(i64 n) {
  std::vector<i64> list;
  for (i64 p : {4, 2, 3, 5, 7, 11, 13})
    for (; n % p == 0; n /= p) list.push_back(p);
  if (n != 1) list.clear();
  return list;
}

i64 chirp_length(i64 n) { return static_cast<i64>(std::bit_ceil(static_cast<std::uint64_t>(2 * n - 1))); }

template <class R>
struct Complex {
  R re, im;
  friend Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
  friend Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
  friend Complex operator*(Complex a, Complex b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
  friend Complex operator*(R k, Complex a) { return {k * a.re, k * a.im}; }
  Complex times_minus_i() const { return {im, -re}; }
};

/// The transform of a few values, in place.
template <int kRadix, class R>
void transform(std::array<Complex<R>, static_cast<std::size_t>(kRadix)>& a, const R* cos, const R* sin) {
  if constexpr (kRadix == 2) {
    const auto t = a[0] - a[1];
    a[0] = a[0] + a[1], a[1] = t;
  } else if constexpr (kRadix == 4) {
    const auto s = a[0] + a[2], d = a[0] - a[2], u = a[1] + a[3], v = (a[1] - a[3]).times_minus_i();
    a = {s + u, d + v, s - u, d - v};
  } else {  // pairs (j, radix - j): the cosine part is even, the sine part odd
    constexpr int kHalf = (kRadix - 1) / 2;
    std::array<Complex<R>, kHalf> even, odd;
    Complex<R> sum = a[0];
    for (int j = 0; j < kHalf; ++j) {
      const auto x = a[static_cast<std::size_t>(j + 1)], y = a[static_cast<std::size_t>(kRadix - 1 - j)];
      even[static_cast<std::size_t>(j)] = x + y, odd[static_cast<std::size_t>(j)] = x - y;
      sum = sum + even[static_cast<std::size_t>(j)];
    }
    const auto first = a[0];
    for (int t = 1; t <= kHalf; ++t) {
      Complex<R> c = first, s{0, 0};
      for (int j = 0; j < kHalf; ++j) {
        const int at = (j + 1) * t % kRadix;
        c = c + cos[at] * even[static_cast<std::size_t>(j)];
        s = s + sin[at] * odd[static_cast<std::size_t>(j)];
      }
      const auto turned = s.times_minus_i();
      a[static_cast<std::size_t>(t)] = c + turned, a[static_cast<std::size_t>(kRadix - t)] = c - turned;
    }
    a[0] = sum;
  }
}

/// One pass: for each j < rest and each q < stride, the transform of x[q + stride (j + rest r)] over r, times the
/// roots, goes to y[q + stride (radix j + t)].
template <int kRadix, class R>
void pass(i64 rest, i64 stride, const R* roots_re, const R* roots_im, const R* cos, const R* sin,
          const R* __restrict re, const R* __restrict im, R* __restrict out_re, R* __restrict out_im) {
  for (i64 j = 0; j < rest; ++j)
    for (i64 q = 0; q < stride; ++q) {
      std::array<Complex<R>, static_cast<std::size_t>(kRadix)> a;
      for (i64 r = 0; r < kRadix; ++r) {
        const i64 from = q + stride * (j + rest * r);
        a[static_cast<std::size_t>(r)] = {re[from], im[from]};
      }
      transform<kRadix>(a, cos, sin);
      for (i64 t = 0; t < kRadix; ++t) {
        const Complex<R> w{roots_re[j * kRadix + t], roots_im[j * kRadix + t]};
        const auto y = t == 0 ? a[0] : a[static_cast<std::size_t>(t)] * w;
        const i64 to = q + stride * (kRadix * j + t);
        out_re[to] = y.re, out_im[to] = y.im;
      }
    }
}

}  // namespace

template <class R>
Fourier<R>::Fourier(i64 n) : n_(n) {
  if (n <= 1) return;
  i64 left = n;
  const std::vector<i64> radices = radices_of(n);
  for (i64 radix : radices) {
    Pass p{radix, left / radix, {}, {}, {}, {}};
    p.re.resize(static_cast<std::size_t>(left)), p.im = p.re;
    for (i64 j = 0; j < p.rest; ++j)
      for (i64 t = 0; t < radix; ++t) {
        const auto at = static_cast<std::size_t>(j * radix + t);
        root(j * t, left, p.re[at], p.im[at]);
      }
    p.cos.resize(static_cast<std::size_t>(radix)), p.sin = p.cos;
    for (i64 t = 0; t < radix; ++t) {
      const auto at = static_cast<std::size_t>(t);
      root(t, radix, p.cos[at], p.sin[at]);
      p.sin[at] = -p.sin[at];
    }
    left = p.rest;
    passes_.push_back(std::move(p));
  }
  if (!radices.empty()) return;
  auto chirp = std::make_unique<Chirp>();
  const auto size = static_cast<std::size_t>(n);
  chirp->length = chirp_length(n);
  chirp->re.resize(size), chirp->im = chirp->re;
  chirp->filter_re.resize(static_cast<std::size_t>(chirp->length)), chirp->filter_im = chirp->filter_re;
  i64 square = 0;  // k^2 modulo 2 n
  for (i64 k = 0; k < n; ++k) {
    const auto at = static_cast<std::size_t>(k), mirrored = static_cast<std::size_t>(k == 0 ? 0 : chirp->length - k);
    root(square, 2 * n, chirp->re[at], chirp->im[at]);
    chirp->filter_re[at] = chirp->filter_re[mirrored] = chirp->re[at] / static_cast<R>(chirp->length);
    chirp->filter_im[at] = chirp->filter_im[mirrored] = -chirp->im[at] / static_cast<R>(chirp->length);
    square = (square + 2 * k + 1) % (2 * n);
  }
  chirp->inner = std::make_unique<const Fourier>(chirp->length);
  std::vector<R> work(static_cast<std::size_t>(workspace(chirp->length, 1)));
  chirp->inner->run(chirp->filter_re.data(), chirp->filter_im.data(), 1, work.data());
  chirp_ = std::move(chirp);
}

template <class R>
i64 Fourier<R>::workspace(i64 n, i64 lanes) {
  if (n <= 1 || !radices_of(n).empty()) return 2 * (n * lanes + kApart);
  const i64 length = chirp_length(n);
  return 2 * (length * lanes + kApart) + workspace(length, lanes);
}

template <class R>
void Fourier<R>::run(R* re, R* im, i64 lanes, R* work) const {
  if (n_ <= 1) return;
  if (chirp_)
    run_chirp(re, im, lanes, work);
  else
    run_passes(re, im, lanes, work);
}

template <class R>
void Fourier<R>::run_passes(R* re, R* im, i64 lanes, R* work) const {
  R *from_re = re, *from_im = im, *to_re = work + kApart / 2, *to_im = to_re + n_ * lanes + kApart;
  i64 stride = lanes;
  for (const Pass& p : passes_) {
    auto with = [&]<int kRadix>() {
      pass<kRadix>(p.rest, stride, p.re.data(), p.im.data(), p.cos.data(), p.sin.data(), from_re, from_im, to_re,
                   to_im);
    };
    switch (p.radix) {
      case 2: with.template operator()<2>(); break;
      case 3: with.template operator()<3>(); break;
      case 4: with.template operator()<4>(); break;
      case 5: with.template operator()<5>(); break;
      case 7: with.template operator()<7>(); break;
      case 11: with.template operator()<11>(); break;
      default: with.template operator()<13>(); break;
    }
    std::swap(from_re, to_re), std::swap(from_im, to_im);
    stride *= p.radix;
  }
  if (from_re == re) return;
  std::copy_n(from_re, n_ * lanes, re);
  std::copy_n(from_im, n_ * lanes, im);
}

// jk = (j^2 + k^2 - (k - j)^2) / 2, so y is a convolution of x times the chirp with the chirp's conjugate, times the
// chirp.
template <class R>
void Fourier<R>::run_chirp(R* re, R* im, i64 lanes, R* work) const {
  const Chirp& c = *chirp_;
  const i64 size = c.length * lanes + kApart;
  R *padded_re = work, *padded_im = work + size, *rest = padded_im + size;
  std::fill(padded_re, rest, R(0));
  auto times = [&](const R* w_re, const R* w_im, i64 count, const R* x_re, const R* x_im, R* y_re, R* y_im) {
    for (i64 k = 0; k < count; ++k)
      for (i64 l = k * lanes; l < (k + 1) * lanes; ++l) {
        const R a = x_re[l], b = x_im[l];
        y_re[l] = a * w_re[k] - b * w_im[k];
        y_im[l] = a * w_im[k] + b * w_re[k];
      }
  };
  times(c.re.data(), c.im.data(), n_, re, im, padded_re, padded_im);
  c.inner->run(padded_re, padded_im, lanes, rest);
  times(c.filter_re.data(), c.filter_im.data(), c.length, padded_re, padded_im, padded_re, padded_im);
  c.inner->run(padded_im, padded_re, lanes, rest);
  times(c.re.data(), c.im.data(), n_, padded_re, padded_im, re, im);
}

template class Fourier<float>;
template class Fourier<double>;

}  // namespace tenon::runtime
