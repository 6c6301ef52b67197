// What is wrong with a program: they come from files, which may say anything.
#pragma once
#include "runtime/program.h"

namespace tenon::runtime {

/// Checks that every reference of `data`, also in the regions inside of it, is inside of what it refers to; throws
/// Error otherwise.
void check(const ProgramData& data);

/// Bytes of a tensor; throws Error where no memory has so many.
i64 memory_of(const Type& type);
/// Bytes that lie behind the start of a buffer of `r`. Throws Error where there is no such memory.
i64 bytes_at(const Region& r, std::span<const Array> constants, const Buffer& b);

/// The outputs that the call writes and that may take an input's memory.
SmallVector<const OutputPlan*, 2> in_place_outputs(const Region& r, const KernelCall& call);
/// Throws Error unless a kernel that writes over an operand can do that.
void check_in_place(const Region& r, const KernelCall& call, const SpecialKernel& kernel);

}  // namespace tenon::runtime
