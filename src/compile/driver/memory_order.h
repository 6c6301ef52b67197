// The order of steps in which temporaries need the least memory.
#pragma once
#include <vector>

#include "compile/driver/lower.h"

namespace tenon {

/// Steps, numbered in an order in which they can run, and the temporaries that they make and read, by number.
struct StepOrder {
  struct Step {
    std::vector<std::size_t> after;         ///< steps that must come before
    std::vector<std::size_t> makes, reads;  ///< temporaries
    i64 workspace = 0;                      ///< bytes that it needs while it runs
  };
  std::vector<Step> steps;
  std::vector<i64> bytes;  ///< by temporary
};

/// The order of the steps, of some that heuristics propose and the given one, for which the arena is smallest; the
/// given one where none is smaller. Tried are: what frees most next, and subtrees by falling need (Sethi and Ullman,
/// The generation of optimal code for arithmetic expressions, 1970; as if what is shared were computed for each user).
std::vector<std::size_t> memory_order(const StepOrder& problem);

/// The steps of a function in that order; those that write over parameters stay the last, as they stand. A step that
/// reads through a barrier comes behind what all of the barrier's operands wait for.
void order_for_memory(const Lowered& lowered, std::vector<Step>& steps);

}  // namespace tenon
