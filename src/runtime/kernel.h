// The contract between compiled code and the runtime.
#pragma once
#include <cstdint>

namespace tenon::runtime {

/// Where a kernel met an index, read from data, that is out of range.
struct Fault {
  std::int32_t operand = 0, dimension = 0;
  std::int64_t index = 0, extent = 0;
};

/// buffers are the outputs, then the operands in order; all contiguous, row-major, 64-byte aligned unless they are
/// inputs of the program (those are aligned to their element). Behind them comes, where the kernel's KernelCall asks for
/// it, scratch memory that no other call uses at the same time. The kernel does the part [begin, end) of its outermost
/// parallel extent and writes nothing else. Returns 0, or 1 after filling `fault`.
using KernelFn = std::int32_t (*)(void* const* buffers, std::int64_t begin, std::int64_t end, Fault* fault);

}  // namespace tenon::runtime
