// The shape of a tile of accumulators.
#pragma once
#include "schedule/model.h"

namespace tenon::schedule {

/// rows x columns of registers; one multiplication and addition each per step of the reduction.
struct TileShape {
  Dim rows = 1, columns = 1;
};

/// The shape for `m` by `n` registers' worth of sums over `steps` steps that costs least: per step, a tile takes the
/// longest of its arithmetic, its loads and the latency of an addition. Edges are smaller tiles. `columns`, where it is
/// not 0, is how many columns of registers the tile must have.
TileShape choose_tile(Dim m, Dim n, Dim steps, const Processor& processor, int reserved_registers, Dim columns = 0);

/// What choose_tile compares; it tries up to kMostColumns columns, or just as many as it is told.
double tile_cycles(Dim m, Dim n, Dim steps, TileShape t, const Processor& processor);
constexpr Dim kMostColumns = 6;

}  // namespace tenon::schedule
