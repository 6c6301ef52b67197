// LLVM's code generator for a processor.
#pragma once
#include <llvm/IR/Module.h>

#include <cstddef>
#include <string>
#include <vector>

#include "machine/processor.h"

namespace tenon::codegen {

/// Gives the module the processor's triple and data layout. Throws Error where LLVM does not know the processor.
void set_target(llvm::Module& module, const Processor& processor);

/// Machine code of the module, as an ELF relocatable or as text. Throws InternalError where the module is malformed.
std::vector<std::byte> to_object(llvm::Module& module, const Processor& processor);
std::string to_assembly(llvm::Module& module, const Processor& processor);

}  // namespace tenon::codegen
