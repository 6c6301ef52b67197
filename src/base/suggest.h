// What the user may have meant.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace tenon {

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// "; did you mean add, and?": up to three of `known` that are close to `given`, nearest first; empty where none is.
std::string suggestion(std::string_view given, std::span<const std::string_view> known);

/// "add, and, or"
std::string listed(std::span<const std::string> names);

}  // namespace tenon
