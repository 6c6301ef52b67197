#include "data/loader.h"

#include <algorithm>

#include "base/rng.h"

namespace tenon {
namespace {

constexpr std::uint64_t kShuffleStreams = std::uint64_t{0x73687566} << 32;  // "shuf"; the epoch is added

}  // namespace

struct Loader::Source {
  Dataset data;
  Positions samples;
  Statistics statistics;
  LoaderOptions options;

  Batch batch(std::span<const i64> positions) const {
    const auto count = static_cast<i64>(positions.size());
    const auto size = static_cast<std::size_t>(data.height() * data.width());
    Batch batch{Array(DType::F32, {count, static_cast<i64>(size)}), Array(DType::I64, {count})};
    const auto pixels = data.images.values<std::uint8_t>();
    const auto to = batch.images.values<float>();
    const auto labels = batch.labels.values<i64>();
    for (std::size_t k = 0; k < positions.size(); ++k) {
      const auto at = static_cast<std::size_t>(positions[k]);
      normalise(pixels.subspan(at * size, size), statistics, to.subspan(k * size, size));
      labels[k] = data.label(positions[k]);
    }
    return batch;
  }

  Positions order(i64 epoch) const {
    if (!options.shuffle) return samples;
    Positions order = epoch_order(static_cast<i64>(samples.size()), options.seed, epoch);
    for (i64& position : order) position = samples[static_cast<std::size_t>(position)];
    return order;
  }
};

Positions epoch_order(i64 count, std::uint64_t seed, i64 epoch) {
  Positions order = all_positions(count);
  Rng(seed, kShuffleStreams + static_cast<std::uint64_t>(epoch)).shuffle(std::span(order));
  return order;
}

Loader::Loader(const Dataset& data, Positions samples, const Statistics& statistics, const LoaderOptions& options) {
  require(!samples.empty(), "a loader needs at least one sample");
  require(options.batch >= 1, "the batch size must be at least 1, given {}", options.batch);
  require(options.ahead >= 1, "a loader makes at least 1 batch ahead, given {}", options.ahead);
  require(!options.drop_last || options.batch <= static_cast<i64>(samples.size()),
          "batches of {} without a smaller last one leave nothing of {} samples", options.batch, samples.size());
  for (i64 sample : samples) {
    require(sample >= 0 && sample < data.size(), "sample {} of a data set of {}", sample, data.size());
  }
  source_ = std::make_shared<Source>(Source{data, std::move(samples), statistics, options});
}

i64 Loader::samples() const { return static_cast<i64>(source_->samples.size()); }

i64 Loader::batches() const {
  const i64 batch = source_->options.batch;
  return source_->options.drop_last ? samples() / batch : (samples() + batch - 1) / batch;
}

Epoch Loader::epoch(i64 number, i64 first) const {
  require(number >= 0 && first >= 0 && first <= batches(), "no batch {} in epoch {} (there are {} batches)", first,
          number, batches());
  auto make = [source = source_, order = Positions(), number, k = first,
               end = batches()]() mutable -> std::optional<Batch> {
    if (order.empty()) order = source->order(number);
    if (k == end) return std::nullopt;
    const auto size = static_cast<std::size_t>(source->options.batch), begin = static_cast<std::size_t>(k++) * size;
    return source->batch(std::span(order).subspan(begin, std::min(size, order.size() - begin)));
  };
  return Epoch(std::make_unique<Prefetcher<Batch>>(std::move(make), source_->options.ahead));
}

}  // namespace tenon
