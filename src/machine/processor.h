// Processors as data.
#pragma once
#include <string>
#include <vector>

#include "base/cores.h"
#include "tensor/dtype.h"

namespace tenon {

struct CacheLevel {
  i64 bytes = 0;
  int ways = 0, line = 64;
  bool shared = false;
};

/// What code generation and cost models need to know of a processor.
struct Processor {
  std::string name;       ///< as the vendor writes it
  std::string triple;     ///< of its code: "x86_64-unknown-linux-gnu"
  std::string cpu;        ///< LLVM's name: "znver4"
  std::string features;   ///< LLVM's feature string; empty: those of `cpu`
  int vector_bits = 128;  ///< widest vector register that pays
  int vector_registers = 16;
  bool fma = false, f16_convert = false, bf16_dot = false, int8_dot = false, masked_memory = false;
  std::vector<CacheLevel> caches;  ///< L1 data first
  int cores = 1;                   ///< that this process may use: affinity mask and cgroup quota (rounded up)

  int lanes(DType t) const { return vector_bits / bits_of(t); }
};

/// The processor that this process runs on; read once.
const Processor& host_processor();

}  // namespace tenon
