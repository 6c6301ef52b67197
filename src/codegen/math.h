// Transcendental functions as vector code, from polynomials fitted by Remez exchange. Nothing here calls a library.
//
// Largest errors in units in the last place, over all finite arguments whose result is normal:
//
//       exp  log  log1p  expm1  tanh  sigmoid  erf  sin  cos  pow  atan2
//   f32 1.1    1    1.5      2     3      3.1    3    2    2    1      3
//   f64 1.1  0.9    0.9    1.7   1.0      1.6  1.6  0.9  0.9  1.0    0.9
//
// Results at infinities, NaN and zeros are those of the C library; denormal arguments count, denormal results are right
// to one or two units of the smallest denormal. docs/numerics.md says how each is computed.
#pragma once
#include "codegen/code.h"

namespace tenon::codegen::math {

llvm::Value* exp(Code& c, llvm::Value* x);
llvm::Value* log(Code& c, llvm::Value* x);
llvm::Value* log1p(Code& c, llvm::Value* x);
llvm::Value* expm1(Code& c, llvm::Value* x);
llvm::Value* tanh(Code& c, llvm::Value* x);
llvm::Value* sigmoid(Code& c, llvm::Value* x);
llvm::Value* erf(Code& c, llvm::Value* x);
llvm::Value* sin(Code& c, llvm::Value* x);
llvm::Value* cos(Code& c, llvm::Value* x);
llvm::Value* pow(Code& c, llvm::Value* x, llvm::Value* y);
llvm::Value* atan2(Code& c, llvm::Value* y, llvm::Value* x);

/// The same for f64. Called functions, but for exp.
namespace wide {
llvm::Value* exp(Code& c, llvm::Value* x);
llvm::Value* log(Code& c, llvm::Value* x);
llvm::Value* log1p(Code& c, llvm::Value* x);
llvm::Value* expm1(Code& c, llvm::Value* x);
llvm::Value* tanh(Code& c, llvm::Value* x);
llvm::Value* sigmoid(Code& c, llvm::Value* x);
llvm::Value* erf(Code& c, llvm::Value* x);
llvm::Value* sin(Code& c, llvm::Value* x);
llvm::Value* cos(Code& c, llvm::Value* x);
llvm::Value* pow(Code& c, llvm::Value* x, llvm::Value* y);
llvm::Value* atan2(Code& c, llvm::Value* y, llvm::Value* x);
/// x - y * trunc(x / y), exactly, as std::fmod.
llvm::Value* fmod(Code& c, llvm::Value* x, llvm::Value* y);
}  // namespace wide

}  // namespace tenon::codegen::math
