#pragma once
#include <string>

namespace tenon {

/// Where the compiler library lies, without opening it; empty where it is not found.
std::string compiler_library_path();

}  // namespace tenon
