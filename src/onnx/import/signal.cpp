// Signals: Fourier transforms, windows, weights of frequencies.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "onnx/converters.h"
#include "onnx/import/known.h"
#include "onnx/tensors.h"
#include "op/functions.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;

/// The first `length` slices along the axis, followed by zeros where there are fewer.
Value of_length(const Value& x, i64 axis, i64 length) {
  const i64 given = known_extent(x, static_cast<std::size_t>(axis));
  if (length < given) return slice_axis(x, axis, 0, length);
  if (length == given) return x;
  Ints none(x.shape().size(), 0), more = none;
  more[static_cast<std::size_t>(axis)] = length - given;
  return pad(x, none, more);
}

/// Real numbers [n] from the first n / 2 + 1 coefficients; the imaginary parts of those that equal their own
/// conjugates are taken for 0.
Value real_inverse(const Value& x, i64 axis, i64 length) {
  require(x.shape().back() == Dim(2), "input 0 is {}; with inverse and onesided it must be complex", x.type());
  return expand_dims(irfft(of_length(x, axis, length / 2 + 1), axis, length), {-1});
}

/// In f64, so that sums that cancel are as near to 0 as the elements' own precision lets them be.
Results fourier(const NodeView& n) {
  const DType t = n.in(0).dtype();
  const Value x = cast(n.in(0), DType::F64);
  require(x.rank() >= 2, "input 0 is {}, and must have a last dimension for real and imaginary part", x.type());
  const bool inverse = n.flag("inverse", false), onesided = n.flag("onesided", false);
  const i64 given = n.opset() < 20 ? n.integer("axis", 1) : whole_number_of(n, 2, -2);
  require(given >= -x.rank() && given < x.rank(), "axis {} is out of range for {}", given, x.type());
  const i64 axis = normal_axis(given, x.rank());
  require(axis != x.rank() - 1, "axis {} of {} holds real and imaginary part", given, x.type());
  if (inverse && onesided) {
    const i64 length = n.has(1) ? whole_number_of(n, 1) : 2 * (known_extent(x, static_cast<std::size_t>(axis)) - 1);
    require(length > 0, "the length of the transform is {}, and must be positive", length);
    return {cast(real_inverse(x, axis, length), t)};
  }
  if (!n.has(1)) return {cast(dft(x, axis, inverse, onesided), t)};
  const i64 length = whole_number_of(n, 1);
  require(length > 0, "the length of the transform is {}, and must be positive", length);
  return {cast(dft(of_length(x, axis, length), axis, inverse, onesided), t)};
}

/// Frames [batch, frames, length, parts] of signals [batch, samples, parts].
Value frames_of(const Value& signal, i64 step, i64 length) {
  const Value parts_first = transpose(signal, {0, 2, 1});
  const Value columns = unfold(parts_first, {.size = {length}, .stride = {step}});  // [batch, parts length, frames]
  const Shape& s = columns.shape();
  const Value apart = reshape(columns, {s[0], signal.shape()[2], length, s[2]});
  return transpose(apart, {0, 3, 2, 1});
}

Results short_time_fourier(const NodeView& n) {
  Value x = n.in(0);
  if (x.rank() == 2) x = expand_dims(x, {2});
  require(x.rank() == 3, "input 0 is {}, and must be [batch, samples, 1 or 2]", n.in(0).type());
  const i64 step = whole_number_of(n, 1);
  require(n.has(2) || n.has(3), "inputs 2 and 3 are missing; one of window and frame_length must be there");
  const i64 length = n.has(3) ? whole_number_of(n, 3) : known_extent(n.in(2), 0);
  require(step > 0 && length > 0, "frames of {} that are {} apart; both must be positive", length, step);
  Value frames = frames_of(x, step, length);
  if (n.has(2)) {
    const Value& window = n.in(2);
    require(window.rank() == 1 && window.shape()[0] == Dim(length), "the window is {}, and must have {} elements",
            window.type(), length);
    frames = frames * reshape(window, {length, 1});
  }
  const bool onesided = n.flag("onesided", true);
  require(!onesided || x.shape()[2] == Dim(1),
          "input 0 is {}; of complex signals the transform is not onesided, which attribute onesided must say",
          n.in(0).type());
  return {dft(frames, 2, false, onesided)};
}

DType output_type(const NodeView& n) {
  return dtype_of_onnx(static_cast<std::int32_t>(n.integer("output_datatype", pb::TensorProto::FLOAT)));
}

/// Cosines of multiples of a turn over the window, weighted.
Results window(const NodeView& n, std::initializer_list<double> weights) {
  const i64 size = whole_number_of(n, 0);
  constexpr i64 kMost = i64(1) << 24;
  require(size >= 0 && size <= kMost, "the size of the window is {}, and must be 0 to {}", size, kMost);
  const bool periodic = n.flag("periodic", true);
  require(periodic || size != 1, "a symmetric window of size 1 is not defined; use a periodic one");
  const double turn = 2 * std::numbers::pi / static_cast<double>(periodic ? size : size - 1);
  Array values(DType::F64, {size});
  for (i64 k = 0; k < size; ++k) {
    double sum = 0, multiple = 0;
    for (const double w : weights) sum += w * std::cos(turn * static_cast<double>(k) * multiple++);
    values.set(k, sum);
  }
  return {constant_of(values.cast(output_type(n)))};
}
Results hann(const NodeView& n) { return window(n, {0.5, -0.5}); }
Results hamming(const NodeView& n) { return window(n, {25.0 / 46, -21.0 / 46}); }
Results blackman(const NodeView& n) { return window(n, {0.42, -0.5, 0.08}); }

/// Triangles whose corners are equally far apart on the mel scale, as weights [frequencies, triangles].
Results mel_weights(const NodeView& n) {
  const i64 bands = whole_number_of(n, 0), length = whole_number_of(n, 1), rate = whole_number_of(n, 2);
  constexpr i64 kMost = i64(1) << 20;
  require(bands >= 0 && bands <= kMost && length > 0 && length <= kMost && rate > 0,
          "{} bands of transforms of length {} at {} samples a second; expected positive numbers up to {}", bands,
          length, rate, kMost);
  const auto mel = [](double hertz) { return 2595 * std::log1p(hertz / 700) / std::numbers::ln10; };
  const double low = mel(number_of(n, 3)), step = (mel(number_of(n, 4)) - low) / static_cast<double>(bands + 2);
  const i64 rows = length / 2 + 1;
  const auto corner = [&](i64 k) {
    const double hertz = 700 * std::expm1((low + static_cast<double>(k) * step) / 2595 * std::numbers::ln10);
    return static_cast<i64>(std::floor(static_cast<double>(length + 1) * hertz / static_cast<double>(rate)));
  };
  require(0 <= corner(0) && corner(0) <= corner(bands + 1) && corner(bands + 1) <= rows,
          "the frequencies from {} to {} Hz do not rise from 0 to half the sample rate {}", number_of(n, 3),
          number_of(n, 4), rate);
  Array weights = Array::full({DType::F64, {rows, bands}}, 0.0);
  for (i64 band = 0; band < bands; ++band) {
    const i64 left = corner(band), middle = corner(band + 1), right = corner(band + 2);
    require(middle < rows, "band {} has its middle above half the sample rate {}", band, rate);
    if (left == middle) weights.set(middle * bands + band, 1.0);
    for (i64 k = left; k <= middle && left < middle; ++k)
      weights.set(k * bands + band, static_cast<double>(k - left) / static_cast<double>(middle - left));
    for (i64 k = middle; k < right; ++k)
      weights.set(k * bands + band, static_cast<double>(right - k) / static_cast<double>(right - middle));
  }
  return {constant_of(weights.cast(output_type(n)))};
}

constexpr Entry kSignals[] = {{"BlackmanWindow", blackman},     {"DFT", fourier},
                              {"HammingWindow", hamming},       {"HannWindow", hann},
                              {"MelWeightMatrix", mel_weights}, {"STFT", short_time_fourier}};

}  // namespace

std::span<const Entry> signal_operators() { return kSignals; }

}  // namespace tenon::onnx
