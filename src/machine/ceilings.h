// What this machine can do at best, measured here and now.
#pragma once

namespace tenon {

/// Single-precision multiply-adds per second of one core, as FLOP/s: independent chains of the widest FMA it has.
double fma_peak();

}  // namespace tenon
