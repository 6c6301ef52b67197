// Random numbers: pure functions of a key, i32[2]. The same key gives the same numbers; split_key gives new keys.
#pragma once
#include "op/handle.h"
#include "op/random/bernoulli.h"
#include "op/random/dropout.h"
#include "op/random/normal.h"
#include "op/random/random_bits.h"
#include "op/random/split_key.h"
#include "op/random/uniform.h"

namespace tenon {

template <Handle V>
V random_bits(const V& key, const Shape& shape) {
  return detail::apply_to<V>(RandomBits{shape}, {key});
}
template <Handle V>
V uniform(const V& key, const Shape& shape, double low = 0, double high = 1) {
  return detail::apply_to<V>(Uniform{shape, low, high}, {key});
}
template <Handle V>
V normal(const V& key, const Shape& shape, double mean = 0, double stddev = 1) {
  return detail::apply_to<V>(Normal{shape, mean, stddev}, {key});
}
template <Handle V>
V bernoulli(const V& key, const Shape& shape, double probability = 0.5) {
  return detail::apply_to<V>(Bernoulli{probability, shape}, {key});
}
/// `count` new keys, i32[count,2].
template <Handle V>
V split_key(const V& key, i64 count = 2) {
  return detail::apply_to<V>(SplitKey{count}, {key});
}
template <Handle V>
V dropout(const V& x, const V& key, double rate = 0.5) {
  return detail::apply_to<V>(Dropout{rate}, {x, key});
}

}  // namespace tenon
