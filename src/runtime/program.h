// A compiled function: kernel calls over one planned arena.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/kernel.h"
#include "runtime/object.h"
#include "runtime/special/special.h"
#include "tensor/array.h"

namespace tenon::runtime {

/// Memory that a kernel reads or writes.
struct Buffer {
  enum class Where : std::uint8_t { Input, Output, Arena, Constant } where = Where::Arena;
  std::int32_t index = 0;  ///< of the input, output or constant
  i64 offset = 0;          ///< bytes from its start
  friend bool operator==(const Buffer&, const Buffer&) = default;
};

struct ControlCall;  // runtime/control.h

struct KernelCall {
  std::string symbol;              ///< of the code; none of a special call, nor of control flow
  SmallVector<Buffer, 5> buffers;  ///< outputs, operands, and the workspace of a call that needs one
  i64 extent = 1;                  ///< outermost parallel extent
  i64 grain = 1;                   ///< no thread gets less than this many (a multiple of the tile)
  std::string label;               ///< the operators that the kernel came from, for profiles and errors
  std::string schedule;            ///< one line
  double flops = 0, bytes = 0;
  std::optional<SpecialCall> special;
  std::shared_ptr<const ControlCall> control = {};  ///< a branch or a loop, which runs regions of its own
  std::size_t results = 1;                          ///< of generated code: how many of the buffers are outputs
  i64 scratch = 0;                                  ///< of generated code: bytes that each thread works in

  std::size_t outputs() const;
};

struct OutputPlan {
  Type type;
  /// Where the result lies when no kernel writes it: an input, a constant or an earlier output that is no alias itself,
  /// of which this output is a (reshaped) view. Empty: some kernel writes it.
  std::optional<Buffer> alias;
  /// The input whose memory this output may take where it is given away (run_taking): the call that writes it reads no
  /// more than it overwrites. Such calls come last, and behind all others that read the input.
  std::optional<std::int32_t> takes = {};
};

/// Calls over inputs, outputs and an arena: a whole program, or what a branch or a loop of it runs.
struct Region {
  std::vector<Type> inputs;
  std::vector<OutputPlan> outputs;
  std::vector<KernelCall> calls;
  i64 arena_bytes = 0;
};

/// All of a program but the address of its code: what is stored on disk. Regions inside share constants and code.
struct ProgramData : Region {
  std::vector<Array> constants;
  std::vector<std::byte> object;
};

/// Called with the inputs of a run in which an index was out of range: throws an Error that says more than a kernel
/// can.
using ExplainIndex = std::function<void(std::span<const Array> inputs)>;

class ReadyRegion;  // runtime/region.h

/// Thread-safe to run concurrently: each run has its own arena.
class Program {
 public:
  /// `reference` makes the kernels called kReference (see runtime/special/special.h).
  explicit Program(ProgramData data, SpecialMaker reference = nullptr, ExplainIndex explain = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  const ProgramData& data() const { return data_; }

  /// Inputs must have the planned types (strided ones are made contiguous). Outputs are fresh.
  /// Throws Error naming the kernel's operators where the data is at fault: an index out of range, a singular matrix.
  std::vector<Array> run(std::span<const Array> inputs) const;
  /// The same for inputs that are given away: where `inputs` holds the only reference to the memory of one that an
  /// output may take (OutputPlan::takes), the output lies there and the input is undefined afterwards. Where Error is
  /// thrown, all are as they were.
  std::vector<Array> run_taking(std::span<Array> inputs) const;

 private:
  void run_calls(std::span<const Array> inputs, std::span<Array> outputs, bool takes) const;
  /// `taken`: by output, whether it lies over the input that it may take; empty: none does.
  std::vector<Array> run(std::span<const Array> inputs, std::span<const char> taken) const;

  ProgramData data_;
  ExplainIndex explain_;
  std::shared_ptr<const Object> code_;
  std::shared_ptr<const ReadyRegion> ready_;
  std::size_t first_in_place_ = 0;  ///< calls from here on write outputs that may take an input's memory
};

}  // namespace tenon::runtime
