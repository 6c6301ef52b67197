// Whatever a function needs to run: one program where all is dense tensors of known extents, else programs and steps of
// the host in turn.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compile/compiler.h"
#include "ir/graph.h"
#include "runtime/program.h"

namespace tenon {

/// Thread-safe to run concurrently.
class Executable {
 public:
  virtual ~Executable() = default;
  /// Arguments of the parameters' types, of which unknown extents may have any value. Throws Error otherwise, and as
  /// Program::run does.
  virtual std::vector<Array> run(std::span<const Array> inputs) const = 0;
  /// The program, where one does it all; else nullptr.
  virtual const runtime::Program* program() const { return nullptr; }
  /// How many programs this has asked for so far, also those that it has dropped again.
  virtual std::size_t programs() const = 0;
};

/// Functions with unknown extents are run in parts of a few sizes where their results are computed row by row (see
/// compile/rows.h). Others are compiled for the extents that they are run with, each once while it is among the latest;
/// there is a warning once these are dropped and made again. Branches and loops are part of programs. Operators that
/// work on the host (Traits::host, results whose size depends on data), and branches and loops around such, run between
/// programs; the functions that they call are compiled likewise. `cause` is logged with TENON_LOG=compile.
/// `replacements` are for a program that does it all.
std::shared_ptr<const Executable> executable(const Function& f, const std::string& cause = "",
                                             const Replacements& replacements = {});

}  // namespace tenon
