// What random operators share. A key is two words, i32[2]; the numbers are a pure function of key and position:
// word 0 of Threefry-2x32-20 (Salmon et al., SC'11) of a 64-bit counter. Counters below 2^40 are draws, those above
// derive keys (split_key). One key gives each operator the same words: split it for independent draws.
#pragma once
#include "op/op.h"

namespace tenon {

/// Checks the operands of a random operator: one key, i32[2]; and that the shape has less than 2^39 elements.
void require_key(std::string_view op, Operands in, const Shape& shape);

/// The row-major position in `shape` as a form of the output's indices.
expr::Affine row_major(const std::vector<expr::Index>& out);
/// The random word of `counter`.
expr::Scalar random_word(const expr::Input& key, const expr::Affine& counter);
/// Its low 24 bits, an i32 from 0 to 2^24 - 1: what an f32 holds exactly.
expr::Scalar random_24_bits(const expr::Input& key, const expr::Affine& counter);

/// A key as operand of samples.
SampleInput sample_key();

}  // namespace tenon
