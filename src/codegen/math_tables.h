// Functions of f32 in pieces, whose coefficients lie in tables of 16: one permutation of a register finds the lanes'
// own.
#pragma once
#include "codegen/real.h"

namespace tenon::codegen::math {

/// The processor permutes 16 floats at once, and x has as many.
bool has_tables(F x);
F exp_by_table(F x);
F erf_by_table(F x);

}  // namespace tenon::codegen::math
