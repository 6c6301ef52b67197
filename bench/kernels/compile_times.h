// How long the compiler takes.
#pragma once

namespace tenon::bench {

/// The median over many functions: milliseconds of passes and code generation, per kernel.
double compile_ms_of_kernels();
/// The median over shapes that have not been compiled before.
double compile_ms_of_gemm();

}  // namespace tenon::bench
