// Functions of f32 in pieces, whose coefficients lie in tables of 16: one permutation of a register finds the lanes'
// own.
#pragma once
#include "codegen/real.h"

namespace tenon::codegen::math {

inline constexpr double kLog2E = 1.4426950408889634;
/// ln 2 as two floats; the first has 9 bits, so that a multiple below 2^15 of it is exact.
inline constexpr double kLn2High = 0.693359375, kLn2Low = -2.1219444005469058e-4;

/// The processor permutes 16 floats at once, and x has as many.
bool has_tables(F x);
F exp_by_table(F x);
F erf_by_table(F x);

}  // namespace tenon::codegen::math
