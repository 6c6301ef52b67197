// A region that is ready to run: its calls with their code.
#pragma once
#include <functional>

#include "runtime/control.h"

namespace tenon::runtime {

/// Where the memory of a region is during a run.
struct Frame {
  std::span<void* const> inputs;
  std::span<void* const> outputs;  ///< nullptr: of an alias that nobody wants
  std::byte* arena = nullptr;
};

/// What all regions of a program share.
struct RegionContext {
  std::span<const Array> constants;
  std::function<KernelFn(const std::string& symbol)> find;
  SpecialMaker reference = nullptr;
};

class ReadyRegion {
 public:
  /// `r` is checked, and lives longer. Throws Error where a kernel is not known.
  ReadyRegion(const Region& r, const RegionContext& context);

  /// All calls, then copies of what outputs are aliases of.
  void run(const Frame& frame) const;
  void run_call(std::size_t call, const Frame& frame) const;
  /// Throws what the call would throw, without writing anything, where it can be known before.
  void check_call(std::size_t call, const Frame& frame) const;

 private:
  /// What a call runs: one of the three.
  struct Code {
    KernelFn generated = nullptr;
    SpecialKernel special;
    std::vector<ReadyRegion> regions;
  };
  using Buffers = SmallVector<void*, 16>;
  Code code_of(const KernelCall& call, const RegionContext& context) const;
  void* address(const Buffer& b, const Frame& frame) const;
  Buffers buffers_of(const KernelCall& call, const Frame& frame) const;

  const Region* region_;
  std::span<const Array> constants_;
  std::vector<Code> code_;
};

}  // namespace tenon::runtime
