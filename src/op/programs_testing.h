// Random programs: what the interpreter says of them, and both compilations, with and without optimisation.
#pragma once
#include <algorithm>

#include "compile/compiler.h"
#include "compile/special.h"
#include "op/random_testing.h"

namespace tenon {

/// Operators of a program one after another round as often: so many times the tolerance of one.
inline constexpr double kLooserPerOperator = 4;

/// "" where both compilations of the program give the interpreter's values; relative to the largest value on the way,
/// since differences of large values may be small.
inline std::string fault_of_program(const Composition& c) {
  try {
    double largest = 1, coarsest = 0, operators = 0;
    auto see = [&](const Array& a) {
      largest = largest_magnitude(a, largest);
      coarsest = std::max(coarsest, compiled_tolerance(a.dtype()));
    };
    for (const Array& a : c.data) see(a);
    const auto expected = interpret(c.f, c.data, [&](const Node&, std::span<const Array> outputs) {
      for (const Array& a : outputs) see(a);
      ++operators;
    });
    const auto fault_of = [&](const std::vector<Array>& given) -> std::string {
      for (std::size_t k = 0; k < expected.size(); ++k) {
        const double own = compiled_tolerance(expected[k].dtype());
        const double looser = own == 0 ? 1 : kLooserPerOperator * std::max(4.0, operators) * largest * coarsest / own;
        if (const std::string fault = fault_of_value(given[k], expected[k], looser); !fault.empty())
          return fmt::format("result {}: {}", k, fault);
      }
      return "";
    };
    const auto whole = executable(c.f, "test");
    if (const std::string fault = fault_of(whole->run(c.data)); !fault.empty()) return "optimised: " + fault;
    if (!whole->program()) return "";  // parts of it run on the host
    const runtime::Program plain(compiler().compile(c.f, {}, "none"), &reference_kernel);
    const std::string fault = fault_of(plain.run(c.data));
    return fault.empty() ? "" : "not optimised: " + fault;
  } catch (const std::exception& e) {
    return e.what();
  }
}

/// A program of 2 to 12 operators, which may be branches or loops; nothing where too few fit together.
inline std::optional<Composition> random_program(std::uint64_t seed) {
  return Composer(seed, seed % 3 == 0).draw(2 + static_cast<int>(seed % 11));
}

}  // namespace tenon
