// What depth_to_space and space_to_depth share: blocks of block x block (x …) elements whose offsets are in the
// channels.
#pragma once
#include "op/op.h"

namespace tenon {

/// Checks x [N, C, spatial…] and the mode.
void require_blocks(std::string_view op, Operands in, i64 block, const std::string& mode);
/// block^rank. Throws Error where it does not fit.
i64 block_elements(std::string_view op, i64 block, std::size_t rank);

/// The indices of a formula over blocks.
struct Blocks {
  expr::Index n, c;
  std::vector<expr::Index> position, offset;  ///< of a block, and in it
  /// Channels that also count offsets, in the order of the mode.
  std::vector<expr::Index> deep;
  expr::Affine channel() const;               ///< the position among `deep`
  expr::Affine element(std::size_t d) const;  ///< position * block + offset
};
/// `blocks`: [N, C, spatial…] with the extents of c and of the positions.
Blocks blocks_of(const Shape& blocks, i64 block, const std::string& mode);

}  // namespace tenon
