// Lists of passes, and running them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/function_ref.h"
#include "pass/pass.h"

namespace tenon {

/// Passes in the order in which they run; one may stand there repeatedly.
using Passes = std::vector<const Pass*>;

struct Pipeline {
  std::string_view name, doc;
  Passes passes;
};

/// `inference`, `training` and `none`.
std::span<const Pipeline> pipelines();
/// Throws Error that lists the known names.
const Pipeline& find_pipeline(std::string_view name);
/// "inference", or names of passes and of pipelines separated by commas. Throws Error where a name is unknown or none
/// is given.
Passes passes_of(std::string_view names);

/// One pass of a run.
struct PassRun {
  const Pass* pass;
  std::string name;  ///< of the pass; the second time in one run with "_2" behind, and so on
  Remarks remarks;
  double seconds = 0;
};

struct PassOptions {
#ifdef TENON_VERIFY  // in debug builds
  bool verify = true;
#else
  bool verify = false;  ///< checks the graph after each pass; an InternalError names the pass
#endif
  bool explain = false;  ///< keeps remarks
};

/// Applies the passes in order. `after` sees each with the function that it made.
Function run_passes(
    const Function& f, const Passes& passes, const PassOptions& options = {},
    FunctionRef<void(PassRun&, const Function&)> after = [](PassRun&, const Function&) {});
/// One pass, also inside of the functions that operators hold where it says so.
Function run_pass(const Pass& pass, const Function& f, Remarks& remarks);

}  // namespace tenon
