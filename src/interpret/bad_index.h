// Which operator has read an index that is out of range: a slow search, once it is known that there is one.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "tensor/index_error.h"

namespace tenon {

struct FoundIndex {
  std::string who;  ///< the operator that was written, "lookup", and where it helps the one inside of it
  BadIndex bad;
};

/// How values on the way are computed.
using RunFunction = std::function<std::vector<Array>(const Function&, std::span<const Array>)>;

/// The first index out of range that `op`, given these operands, reads.
std::optional<FoundIndex> find_bad_index(const Op& op, std::span<const Array> in, const RunFunction& run);
/// That of the first operator of `f`, in the order of the graph, which reads one.
std::optional<FoundIndex> find_bad_index(const Function& f, std::span<const Array> in, const RunFunction& run);

/// An operator with `expand` as a function of its operands, of which small ones are constants.
struct Expansion {
  Function f;
  std::vector<Value> operands;
  std::vector<Array> given;  ///< arguments of f
  Expansion(const Op& op, std::span<const Array> in);
};

}  // namespace tenon
