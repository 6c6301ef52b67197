// Functions inside of functions: those that control-flow operators hold.
#pragma once
#include "base/function_ref.h"
#include "ir/graph.h"

namespace tenon {

/// Does an operator of `f` hold a function?
bool has_bodies(const Function& f);

/// `f` with fn(body) in place of every function that an operator holds; `f` itself where there is none. A function that
/// several operators hold is asked about once.
Function with_bodies(const Function& f, FunctionRef<Function(const Function&)> fn);

}  // namespace tenon
