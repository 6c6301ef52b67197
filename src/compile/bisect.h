// Finding the first stage of the compiler whose result is not that of the function.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tenon {

/// The function as something has left it, under a name.
struct NamedFunction {
  std::string name;
  Function f;
};

/// Where a value is not what it should be.
struct Difference {
  std::size_t result = 0;
  i64 element = -1;  ///< row-major; -1: the types differ
  double expected = 0, given = 0;
  double allowed = 0;  ///< the most that they may differ by
};
/// "result 0, element 3: 1.5, expected 2 (at most 2e-05 apart)"
std::string to_string(const Difference& d);

/// How far values may be apart, relative to the larger of 1 and the largest magnitude of the expected tensor: room for
/// sums in another order and functions to a few units in the last place. Nothing for integers and bool.
double interpreter_tolerance(DType t);
/// That of the coarsest float in `f`: a wider result may have been computed from it.
double interpreter_tolerance(const Function& f);
/// The first element that is further off than `looser` tolerances, which for floats are at least `least`. NaN equals
/// NaN, infinities themselves.
std::optional<Difference> first_difference(std::span<const Array> given, std::span<const Array> expected,
                                           double looser = 1, double least = 0);

struct Divergence {
  std::string name;  ///< of the stage or kernel
  Function before;   ///< the stage that agreed; of a kernel its node alone
  Function after;    ///< the one that does not; of a kernel the same as `before`
  Difference difference;
};

/// The first of `stages` that the interpreter gives another value of than of `f`.
std::optional<Divergence> first_wrong_stage(const Function& f, std::span<const NamedFunction> stages,
                                            std::span<const Array> in, double looser = 1);
/// The first node of `f` that is compiled to other values than the interpreter's, given the interpreter's operands.
std::optional<Divergence> first_wrong_kernel(const Function& f, std::span<const Array> in, double looser = 1);

}  // namespace tenon
