// Index maps by cases: roll, and pads that repeat what is there.
#pragma once
#include "op/op.h"

namespace tenon {

/// Where, along one dimension of the result, an operand is read while a condition holds.
struct Piece {
  expr::Where when;
  expr::Affine at;
};
/// The first whose condition holds; `else_at` where none does.
struct Pieces {
  std::vector<Piece> first;
  expr::Affine else_at;
};
/// x read at the pieces of each of its dimensions.
expr::Scalar read_pieces(const expr::Input& x, const std::vector<Pieces>& dimensions);

}  // namespace tenon
