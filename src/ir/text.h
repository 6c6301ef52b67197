// Functions as text, and back.
//
//   func @main(%0: f32[128,784] "x", %1: f32[10,784]) -> (f32[128,10]) {
//     %2 = transpose(%1) {permutation=[1,0]} : f32[784,10]
//     %3 = matmul(%0, %2) : f32[128,10]
//     return %3
//   }
#pragma once
#include <string>
#include <string_view>

#include "ir/graph.h"

namespace tenon {

/// Values are numbered in program order; nodes with several outputs print `%4, %5 = op(...) : t, t`.
std::string to_text(const Function& f);
/// Throws Error "line 3, column 9: …; expected …". Untrusted input: sizes are bounded, types are re-inferred and must
/// agree with those written.
Function parse_function(std::string_view text);
/// GraphViz.
std::string to_dot(const Function& f);

}  // namespace tenon
