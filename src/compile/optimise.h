// What the compiler's passes are and what they did, as plain data for readers outside of the compiler library.
#pragma once
#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/remarks.h"

namespace tenon {

struct PassFacts {
  std::string name, doc;
  bool bodies = false;  ///< also runs inside of the functions that loops and branches hold
};

struct PipelineFacts {
  std::string name, doc;
  std::vector<std::string> passes;
};

/// A rule of the pass `simplify`.
struct RuleFacts {
  std::string name;
  std::string theme;      ///< "shapes", …
  std::string exactness;  ///< "bit-exact", "reassociating" or "approximate" (see docs/passes.md)
};

/// One pass of a run.
struct PassReport {
  std::string name;  ///< the second time in a run with "_2" behind, and so on
  double seconds = 0;
  int changes = 0;
  std::vector<Remark> remarks;  ///< where they were asked for
  int left_out = 0;             ///< remarks beyond the most that are kept
  Function after;
};

}  // namespace tenon
