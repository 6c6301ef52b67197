// Weights that were made elsewhere: their names and orders of axes become those of our modules.
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "nn/module.h"

namespace tenon::nn {

/// How tensors are called. A star in `from` stands for any letters, none and dots among them; the first star for as few
/// as possible, the last for the rest. The stars of `to` are what those of `from` stood for, in their order.
struct WeightRule {
  std::string from, to;     ///< an empty `to` leaves the tensor out
  bool transposed = false;  ///< the last two axes change places, where there are two
};

/// A rule as text: "encoder.layers.* -> blocks.*", "*.kernel -> *.weight transposed", "*.num_batches_tracked ->".
/// Throws Error for anything else, and where the stars of the two sides are not as many.
WeightRule weight_rule(std::string_view text);

/// Each tensor under the name that the first rule gives whose `from` fits its whole name; one that none fits keeps its
/// own. Throws Error that lists all names that more than one tensor gets.
std::map<std::string, Array> renamed_weights(const std::map<std::string, Array>& arrays,
                                             std::span<const WeightRule> rules);

/// Puts the tensors, renamed by the rules, into the slots of the module. Floats of another width are rounded to the
/// slot's. Slots of integers that the file lacks (keys of random numbers, counters) keep their values. Throws one Error
/// that lists everything that is missing, unexpected or of another type, and then leaves the module as it was.
void load_weights(const Module& module, const std::map<std::string, Array>& arrays,
                  std::span<const WeightRule> rules = {});

}  // namespace tenon::nn
