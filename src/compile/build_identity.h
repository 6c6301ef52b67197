#pragma once
#include <string_view>

namespace tenon {

/// What tells builds apart whose compiled code may differ: a hash of the library's and its compiler's sources, and the
/// version of LLVM. Written by cmake/build_identity.cmake.
std::string_view build_identity();

}  // namespace tenon
