// Functions as pictures.
#pragma once
#include <string>

#include "ir/graph.h"

namespace tenon {

/// A drawing that stands alone (SVG 1.1): operands above their users, a box per node with its operator and types, in it
/// one for each node of the functions that it holds (the stages of a kernel, the body of a loop), rounded boxes for
/// parameters and results. Throws Error beyond a thousand nodes, which nobody could read (see
/// to_dot).
std::string to_svg(const Function& f);

}  // namespace tenon
