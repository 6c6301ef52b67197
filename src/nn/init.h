// First values of weights: pure functions of a seed, the same bits on every machine.
#pragma once
#include <cstdint>

#include "base/rng.h"
#include "eager/tensor.h"

namespace tenon::nn {

/// While it lives, modules that this thread constructs draw their weights from the seed: the first from stream 0, the
/// next from stream 1, and so on. Without one, the seed is 0.
class InitScope {
 public:
  explicit InitScope(std::uint64_t seed) : InitScope(State{seed, 0, true}) {}
  /// Nothing is drawn and no memory is taken: for modules whose values are set at once from elsewhere.
  static InitScope none() { return InitScope(State{0, 0, false}); }
  ~InitScope();
  InitScope(const InitScope&) = delete;
  InitScope& operator=(const InitScope&) = delete;

  struct State {
    std::uint64_t seed, stream;
    bool draws;
  };

 private:
  explicit InitScope(State now);
  State outer_;
};

namespace init {

/// The next stream of the scope.
Rng next_stream();

/// All f32. `rng` is used up.
Tensor constant(const Shape& shape, double value);
Tensor normal(const Shape& shape, double mean = 0, double stddev = 1, Rng rng = next_stream());
/// Normal, within two standard deviations of the mean.
Tensor truncated_normal(const Shape& shape, double mean = 0, double stddev = 1, Rng rng = next_stream());
/// Uniform in [low, high).
Tensor uniform(const Shape& shape, double low, double high, Rng rng = next_stream());
/// Normal with standard deviation sqrt(2 / fan_in) (He et al., "Delving Deep into Rectifiers", 2015).
Tensor kaiming_normal(const Shape& shape, i64 fan_in, Rng rng = next_stream());
/// Uniform with the same standard deviation: within sqrt(6 / fan_in).
Tensor kaiming_uniform(const Shape& shape, i64 fan_in, Rng rng = next_stream());
/// Uniform within sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, "Understanding the difficulty of training deep
/// feedforward neural networks", 2010).
Tensor xavier_uniform(const Shape& shape, i64 fan_in, i64 fan_out, Rng rng = next_stream());
/// A key for the random operators, i32[2].
Tensor key(Rng rng = next_stream());

/// The x with P(normal < x) = p, for 0 < p < 1, to about 16 digits (Wichura, "Algorithm AS 241", Applied Statistics 37,
/// 1988). Arithmetic and sqrt only, so the same bits everywhere.
double normal_quantile(double p);

}  // namespace init
}  // namespace tenon::nn
