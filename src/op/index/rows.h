// What operators on rows, slices along the first dimension, share. Ids say of which row an update is; -1: of none.
#pragma once
#include "op/index/indexing.h"

namespace tenon {

/// The shape of one row, where updates are [the dimensions of ids…, a row…]. Throws Error otherwise, and where ids are
/// no integers or updates no numbers.
Shape require_updates(std::string_view op, const Type& ids, const Type& updates);

using SampleInputs = std::vector<SampleInput>;
/// Ids from -1 to 4, and updates.
std::vector<SampleInputs> row_samples();

/// Rows of x, where an id of -1 gives 0.
Built rows_at(const Built& x, const Built& ids);

}  // namespace tenon
