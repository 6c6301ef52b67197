// Evaluation of what was recorded.
#pragma once
#include <span>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// Computes the values (and whatever updates are pending) in one program and settles their nodes.
void evaluate(std::vector<Value> roots);

/// Asked before each evaluation for further values of this thread to compute with it (pending updates of parameters).
using PendingSource = std::vector<Value> (*)();
void set_pending_source(PendingSource source);

}  // namespace tenon
