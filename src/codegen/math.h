// Transcendental functions of f32 as vector code, from polynomials fitted here by Remez exchange.
//
// Largest errors in units in the last place, over all finite arguments whose result is normal: exp 1, log 1, log1p 3,
// expm1 2, tanh 3, sigmoid 3, erf 3, sin and cos 2, pow 1, atan2 3. Results at infinities, NaN and zeros are those of
// the C library; denormal arguments count, denormal results are right to one or two units of the smallest denormal.
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
