// Functions that are run a part of their rows at a time.
#pragma once
#include "compile/executable.h"
#include "compile/rows.h"

namespace tenon {

/// `parts` are those of `f`. Any number of rows is run as parts of at most four sizes, so that there are as many
/// programs at most.
std::shared_ptr<const Executable> executable_by_rows(Function f, RowParts parts, std::string cause);

}  // namespace tenon
