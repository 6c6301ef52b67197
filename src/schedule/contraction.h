// Products of matrices whose panels do not stay in the caches by themselves: what is copied, and in which blocks.
#pragma once
#include <optional>
#include <span>

#include "schedule/model.h"
#include "schedule/schedule.h"
#include "schedule/tile.h"

namespace tenon::schedule {

/// A sum of products with a tile of rows x columns, vectors along the columns.
struct Product {
  IndexId rows = loop::kNone, columns = loop::kNone;  ///< rows: kNone for a vector times a matrix
  Dim tile_rows = 1, tile_columns = 1;                ///< values
  Dim lanes = 1;
};

/// How many products the processor adds with one instruction in such a nest; 0: one by one.
Dim dot_width(const loop::Nest& nest, const Processor& processor);

/// Registers that these take beside a tile's.
int registers_for_dots(const loop::Nest& nest, const Processor& processor);

struct Blocking {
  IndexId depth = loop::kNone;  ///< the reduction's index
  loop::NodeId row_factor = loop::kNone, column_factor = loop::kNone;
  Dim rows = 0;   ///< of a block, a multiple of the tile's; 0: all
  Dim steps = 0;  ///< of the reduction in a block; 0: all
  Dim dot = 0;    ///< of the reduction in one instruction
  bool copies_rows = false, copies_columns = false;
};

/// How the product runs in blocks; nothing where its operands stay in the caches as they are, or where it is no plain
/// product of two factors. Adds to `remarks` what is not done, and why.
std::optional<Blocking> choose_blocking(const loop::Nest& nest, const Product& p, const Processor& processor,
                                        std::vector<std::string>& remarks);

/// The steps that make it so, for a nest that is collapsed and no more.
std::vector<Step> blocked_steps(const loop::Nest& nest, const Product& p, const Blocking& b);

/// Those that conditions depend on, as bits.
std::uint64_t indices_of_conditions(std::span<const expr::Node> nodes);

/// How many columns lie together where a constant factor is stored in panels; 0: it lies in panels of none.
Dim stored_columns(const loop::Nest& nest, IndexId columns);

/// How constant operands of `e` should be stored, by operand: where they are matrices that are multiplied, in panels of
/// as many columns as the tile has.
std::vector<Layout> constant_layouts(const expr::Expr& e, const std::vector<char>& is_constant,
                                     const Processor& processor);

}  // namespace tenon::schedule
