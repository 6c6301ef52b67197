// A compiled function: kernel calls over one planned arena.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/kernel.h"
#include "runtime/object.h"
#include "tensor/array.h"

namespace tenon::runtime {

/// Memory that a kernel reads or writes.
struct Buffer {
  enum class Where : std::uint8_t { Input, Output, Arena, Constant } where = Where::Arena;
  std::int32_t index = 0;  ///< of the input, output or constant
  i64 offset = 0;          ///< bytes from its start
};

struct KernelCall {
  std::string symbol;
  SmallVector<Buffer, 5> buffers;  ///< output first
  i64 extent = 1;                  ///< outermost parallel extent
  i64 grain = 1;                   ///< no thread gets less than this many (a multiple of the tile)
  std::string label;               ///< for profiles and errors: the operators that the kernel came from
  double flops = 0, bytes = 0;
};

/// An output that is (a view of) an input or a constant: nothing to compute.
struct Alias {
  Buffer from;
};

/// What is stored on disk: everything but the machine code's address.
struct ProgramData {
  std::vector<Type> inputs, outputs;
  std::vector<Array> constants;
  std::vector<KernelCall> calls;
  std::vector<std::int32_t> output_alias_of;  ///< per output: -1, or the input that it is a copy of
  i64 arena_bytes = 0;
  std::vector<std::byte> object;
};

/// Thread-safe to run concurrently: each run has its own arena.
class Program {
 public:
  explicit Program(ProgramData data);
  const ProgramData& data() const { return data_; }

  /// Inputs must have the planned types (strided ones are made contiguous). Outputs are fresh.
  std::vector<Array> run(std::span<const Array> inputs) const;

 private:
  ProgramData data_;
  std::shared_ptr<const Object> code_;
  std::vector<KernelFn> functions_;
};

}  // namespace tenon::runtime
