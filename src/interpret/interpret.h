// The slow, obvious evaluator: the oracle that everything else is judged by.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// One operator on concrete operands: by its formula, its evaluator, or its expansion.
std::vector<Array> interpret(const Op& op, std::span<const Array> in);

/// A whole function. `observe` (optional) sees every node's outputs as they are computed.
using Observer = std::function<void(const Node&, std::span<const Array> outputs)>;
std::vector<Array> interpret(const Function& f, std::span<const Array> in, const Observer& observe = {});

}  // namespace tenon
