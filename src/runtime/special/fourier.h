// The discrete Fourier transform of any length.
#pragma once
#include <memory>
#include <vector>

#include "tensor/dtype.h"

namespace tenon::runtime {

/// y[k] = sum over j of x[j] exp(-2 pi i j k / n), without scaling, in place; R is float or double. Lengths whose prime
/// factors are small go by mixed radices (Stockham's ordering, so that no pass reorders), others by Bluestein's
/// convolution with a chirp: O(n log n) either way. Immutable; made once and used by any thread.
template <class R>
class Fourier {
 public:
  /// Arrays that lie a power of two apart meet in the same lines of the cache: leave so many reals between re and im.
  static constexpr i64 kApart = 40;

  explicit Fourier(i64 n);
  /// Reals that `run` works in, for `lanes` transforms of length n.
  static i64 workspace(i64 n, i64 lanes);
  /// `lanes` transforms side by side: element k of lane l is at k * lanes + l of re and im. The inverse direction is
  /// that of re and im exchanged.
  void run(R* re, R* im, i64 lanes, R* work) const;

 private:
  struct Pass {
    i64 radix, rest;          ///< of the length that this pass divides
    std::vector<R> re, im;    ///< exp(-2 pi i j t / (radix * rest)) at j * radix + t
    std::vector<R> cos, sin;  ///< of the transform of length radix
  };
  struct Chirp {
    i64 length;             ///< of the convolution, a power of two
    std::vector<R> re, im;  ///< exp(-pi i k^2 / n)
    std::vector<R> filter_re, filter_im;
    std::unique_ptr<const Fourier> inner;
  };
  void run_passes(R* re, R* im, i64 lanes, R* work) const;
  void run_chirp(R* re, R* im, i64 lanes, R* work) const;

  i64 n_;
  std::vector<Pass> passes_;
  std::unique_ptr<const Chirp> chirp_;
};

extern template class Fourier<float>;
extern template class Fourier<double>;

}  // namespace tenon::runtime
