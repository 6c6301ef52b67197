// Branches and loops inside of a program.
#pragma once
#include <variant>

#include "runtime/program.h"

namespace tenon::runtime {

/// Operands: a bool, then the inputs of both branches. Outputs: those of the branch that is taken.
struct IfCall {
  Region then_branch, else_branch;
};

/// Operands and outputs: the states. `condition` gives one bool of them, `body` the next ones.
struct WhileCall {
  Region condition, body;
  i64 bound = 0;  ///< the most runs of the body, after which the states are given as they are; 0: none
  i64 cap = 1;    ///< a loop without a bound that runs more often is an Error
};

/// Operands: `carried` states, `sequences` tensors of `steps` slices, constants. `body` takes the states, one slice of
/// each sequence and the constants; it gives the next states, then one slice of each further output.
struct ScanCall {
  Region body;
  i64 carried = 0, sequences = 0, steps = 0;
  bool reverse = false;  ///< from the last slice to the first
};

/// The buffers of the call are the outputs, the operands and, where layout_of says so, a workspace. Regions read their
/// inputs and write their outputs where those of the call lie; their arenas are in the workspace.
struct ControlCall {
  std::variant<IfCall, WhileCall, ScanCall> flow;

  std::vector<const Region*> regions() const;
  std::size_t operands() const;
  std::size_t outputs() const;
  /// Bytes that operand or output `k` must have. Throws Error where no memory has so many.
  i64 operand_bytes(std::size_t k) const;
  i64 output_bytes(std::size_t k) const;
};

/// Output `k` of `body` is its input `k`: a state that never changes.
bool is_kept(const Region& body, std::size_t k);

/// How the workspace of a call is divided. All offsets are multiples of 64.
struct ControlLayout {
  std::vector<i64> states;  ///< the second place of each state of a loop, beside its output; -1 of one that is kept
  i64 condition = 0;        ///< the bool of a while
  i64 arena = 0;            ///< of the regions, which run one at a time
  i64 bytes = 0;
};
/// Throws Error where no memory has so many bytes.
ControlLayout layout_of(const ControlCall& call);

}  // namespace tenon::runtime
