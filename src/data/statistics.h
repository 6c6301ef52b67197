// Mean and spread of pixels, and the normalisation made of them.
#pragma once
#include <cstdint>
#include <span>

#include "data/dataset.h"

namespace tenon {

/// Of pixels scaled to 0..1, over a whole set of images: saved with a model, because its inputs must be normalised with
/// the same figures for ever.
struct Statistics {
  double mean = 0;
  double std = 1;  ///< of the population (divided by the count)
  friend bool operator==(const Statistics&, const Statistics&) = default;
};

/// Exact up to the last rounding, whatever the order of the samples. Throws Error when there are none.
Statistics statistics_of(const Dataset& data, const Positions& samples);

/// to[i] = (pixels[i] / 255 - mean) / std in f32; a spread of 0 counts as 1. The one place where pixels become inputs.
void normalise(std::span<const std::uint8_t> pixels, const Statistics& statistics, std::span<float> to);

}  // namespace tenon
