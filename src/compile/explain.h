// What the compiler chose for each kernel of a function, and what it declined, as plain data.
#pragma once
#include <string>
#include <vector>

#include "tensor/dtype.h"

namespace tenon {

struct ScheduleFacts {
  std::string name;
  std::vector<std::string> steps;
  i64 at_once = 1;                        ///< vectors, or values, that the innermost loops do in one trip
  double cycles = 0;                      ///< of one core, by the model that compares schedules
  std::string declined;                   ///< why it was not taken; empty for the one that was
  std::vector<std::string> remarks = {};  ///< what else was possible with it, and why it is not done
};

/// One formula of a kernel.
struct StageFacts {
  std::string formula;  ///< a statement, or the expression where the language lacks words for it
  double flops = 0;
  std::vector<ScheduleFacts> schedules;  ///< the chosen one first
};

/// Code that one or more calls of the program share.
struct KernelFacts {
  std::string symbol;              ///< as runtime::KernelCall::symbol
  DType arithmetic = DType::F32;   ///< whose peak limits its operations: F32, F64, or of dot products BF16, I8
  double operations = 0;           ///< FLOP, where a function counts as many as its polynomial has
  double read = 0, written = 0;    ///< bytes of its operands and of its results, each once
  std::vector<StageFacts> stages;  ///< in the order in which they run
};

}  // namespace tenon
