// Batches of a data set, in a fixed or a shuffled order, made ahead of their use.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "data/dataset.h"
#include "data/prefetch.h"
#include "data/statistics.h"

namespace tenon {

struct LoaderOptions {
  i64 batch = 128;         ///< samples per batch
  bool shuffle = true;     ///< a new order in each epoch; otherwise the order of the positions
  bool drop_last = false;  ///< leave out a last batch that is smaller than the others
  std::uint64_t seed = 0;
  std::size_t ahead = 3;  ///< batches made in advance
};

struct Batch {
  Array images;  ///< f32 [B,H*W], normalised
  Array labels;  ///< i64 [B]
  i64 size() const { return labels.dim(0); }
};

/// The order of `count` samples in an epoch. Depends on the arguments alone, so an interrupted run can be resumed.
Positions epoch_order(i64 count, std::uint64_t seed, i64 epoch);

/// One pass over the samples. Batches are made in a thread of its own; what goes wrong there is thrown by next().
class Epoch {
 public:
  /// The next batch, in memory that nothing else uses; nothing at the end.
  std::optional<Batch> next() { return batches_->next(); }

 private:
  friend class Loader;
  explicit Epoch(std::unique_ptr<Prefetcher<Batch>> batches) : batches_(std::move(batches)) {}
  std::unique_ptr<Prefetcher<Batch>> batches_;
};

/// Cheap to copy; a running Epoch keeps what it needs.
class Loader {
 public:
  /// Throws Error when `samples` is empty, names a sample that `data` lacks, or an option is out of range.
  Loader(const Dataset& data, Positions samples, const Statistics& statistics, const LoaderOptions& options = {});

  i64 samples() const;
  /// Per epoch.
  i64 batches() const;
  /// Starts epoch `number`, at batch `first`: the batches are those that an epoch from its beginning has from there on.
  Epoch epoch(i64 number, i64 first = 0) const;

 private:
  struct Source;
  std::shared_ptr<const Source> source_;
};

}  // namespace tenon
