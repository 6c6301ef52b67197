#include "nn/init.h"

#include <cmath>
#include <utility>

namespace tenon::nn {

namespace {

thread_local InitScope::State current{0, 0, true};

}  // namespace

InitScope::InitScope(State now) : outer_(std::exchange(current, now)) {}
InitScope::~InitScope() { current = outer_; }

namespace init {

namespace {

template <class Draw>
Tensor filled(const Shape& shape, Draw&& draw) {
  if (!current.draws) return Tensor(Array::scalar(Number(0.0), DType::F32).broadcast_to(shape));
  Array a(DType::F32, shape);
  for (float& x : a.values<float>()) x = static_cast<float>(draw());
  return Tensor(std::move(a));
}

/// Uniform in (0, 1), symmetric about 1/2.
double open_uniform(Rng& rng) { return (static_cast<double>(rng.next() >> 12) + 0.5) * 0x1p-52; }

template <std::size_t N>
double polynomial(const double (&coefficients)[N], double x) {
  double y = coefficients[N - 1];
  for (std::size_t k = N - 1; k-- > 0;) y = y * x + coefficients[k];
  return y;
}

/// Natural logarithm by the series of atanh; the library's differs in the last bits from machine to machine.
double portable_log(double x) {
  constexpr double kLn2 = 0.693147180559945309417, kRootHalf = 0.707106781186547524401;
  int exponent;
  double m = std::frexp(x, &exponent);
  if (m < kRootHalf) m *= 2, --exponent;
  const double s = (m - 1) / (m + 1), s2 = s * s;
  double series = 0;
  for (int k = 23; k >= 1; k -= 2) series = series * s2 + 1.0 / k;
  return exponent * kLn2 + 2 * s * series;
}

}  // namespace

Rng next_stream() { return Rng(current.seed, current.stream++); }

Tensor constant(const Shape& shape, double value) {
  return filled(shape, [&] { return value; });
}

Tensor normal(const Shape& shape, double mean, double stddev, Rng rng) {
  return filled(shape, [&] { return mean + stddev * normal_quantile(open_uniform(rng)); });
}

Tensor truncated_normal(const Shape& shape, double mean, double stddev, Rng rng) {
  constexpr double kBelow = 0.0227501319481792072;  // P(normal < -2)
  return filled(shape, [&] { return mean + stddev * normal_quantile(kBelow + (1 - 2 * kBelow) * open_uniform(rng)); });
}

Tensor uniform(const Shape& shape, double low, double high, Rng rng) {
  // A float that was rounded up to `high` is drawn again.
  return filled(shape, [&] {
    for (;;)
      if (auto x = static_cast<float>(low + (high - low) * rng.uniform()); low >= high || x < static_cast<float>(high))
        return x;
  });
}

Tensor kaiming_normal(const Shape& shape, i64 fan_in, Rng rng) {
  return normal(shape, 0, std::sqrt(2.0 / static_cast<double>(fan_in)), rng);
}

Tensor kaiming_uniform(const Shape& shape, i64 fan_in, Rng rng) {
  const double k = std::sqrt(6.0 / static_cast<double>(fan_in));
  return uniform(shape, -k, k, rng);
}

Tensor xavier_uniform(const Shape& shape, i64 fan_in, i64 fan_out, Rng rng) {
  const double k = std::sqrt(6.0 / static_cast<double>(fan_in + fan_out));
  return uniform(shape, -k, k, rng);
}

Tensor key(Rng rng) {
  const std::uint64_t word = rng.next();
  return Tensor::from({static_cast<std::int32_t>(word), static_cast<std::int32_t>(word >> 32)}, {2});
}

double normal_quantile(double p) {
  constexpr double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                          1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                          3.3430575583588128105e+4, 2.5090809287301226727e+3};
  constexpr double b[] = {1.0,
                          4.2313330701600911252e+1,
                          6.8718700749205790830e+2,
                          5.3941960214247511077e+3,
                          2.1213794301586595867e+4,
                          3.9307895800092710610e+4,
                          2.8729085735721942674e+4,
                          5.2264952788528545610e+3};
  constexpr double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                          3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                          2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double d[] = {1.0,
                          2.05319162663775882187e0,
                          1.67638483018380384940e0,
                          6.89767334985100004550e-1,
                          1.48103976427480074590e-1,
                          1.51986665636164571966e-2,
                          5.47593808499534494600e-4,
                          1.05075007164441684324e-9};
  constexpr double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                          2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                          2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double f[] = {1.0,
                          5.99832206555887937690e-1,
                          1.36929880922735805310e-1,
                          1.48753612908506148525e-2,
                          7.86869131145613259100e-4,
                          1.84631831751005468180e-5,
                          1.42151175831644588870e-7,
                          2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
  }
  const double r = std::sqrt(-portable_log(q < 0 ? p : 1 - p));
  const double x =
      r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6) : polynomial(e, r - 5) / polynomial(f, r - 5);
  return q < 0 ? -x : x;
}

}  // namespace init
}  // namespace tenon::nn
