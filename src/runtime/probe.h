// Kernels that do one thing only, as fast as the processor can: what its ceilings are measured with.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "tensor/dtype.h"

namespace tenon::runtime {

/// A function of type KernelFn whose range counts repetitions; at least one.
/// Compute: buffers are 64 bytes of result, and 8 bytes of zeros.
/// Others: up to three arrays of equal length, then an i64 that says how many blocks of kProbeBlock bytes each has.
/// They lie at multiples of 64 bytes. What is written comes first; of Read that is 64 bytes of result.
struct Probe {
  enum class Kind : std::uint8_t {
    Compute,      ///< products added up in registers
    Read,         ///< a
    Write,        ///< a = constant
    Copy,         ///< a = b
    Triad,        ///< a = b + s * c, of f32
    StreamWrite,  ///< the same three past the caches
    StreamCopy,
    StreamTriad
  } kind = Kind::Compute;
  DType type = DType::F32;  ///< of what Compute multiplies
  std::string symbol;
  std::string instruction;  ///< what Compute does: "16 x f32 fma", "vpdpbusd"
  /// In one repetition of Compute: multiplications and additions.
  double operations = 0;
};

constexpr i64 kProbeBlock = 512;

/// How many arrays are read or written.
constexpr i64 arrays_of(Probe::Kind k) {
  using enum Probe::Kind;
  return k == Compute ? 0 : k == Read || k == Write || k == StreamWrite ? 1 : k == Copy || k == StreamCopy ? 2 : 3;
}

struct Probes {
  std::vector<std::byte> object;  ///< ELF relocatable
  std::vector<Probe> list;
};

}  // namespace tenon::runtime
