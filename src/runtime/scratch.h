// Memory that kernels work in.
#pragma once
#include <cstdint>

namespace tenon::runtime {

/// At least `bytes` of memory of the calling thread, the same ones at each call; 64-byte aligned, in huge pages where
/// the system has them. What was in it may be lost when more is asked for. nullptr for 0 bytes.
void* scratch(std::int64_t bytes);

}  // namespace tenon::runtime
