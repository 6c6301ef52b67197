// The rules of the pass `simplify`: a table by theme, each with how exact it is.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "ir/rewrite.h"

namespace tenon {

/// What a rule may do to values.
enum class Exactness : std::uint8_t {
  BitExact,       ///< the same bits for all operands; of a NaN only that it is one
  Reassociating,  ///< the same real number, rounded in another order; infinities and NaN may come where a step
                  ///< overflows in one order only
  Approximate,    ///< close in value where all is finite and of ordinary size
};
std::string_view name_of(Exactness e);

struct AlgebraRule {
  Rule rule;
  Exactness exactness;
  std::string_view theme;
};

/// In the order in which they are tried.
std::span<const AlgebraRule> all_rules();

}  // namespace tenon
