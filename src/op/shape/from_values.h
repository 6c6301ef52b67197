// What operators share whose results have extents that are values of operands.
#pragma once
#include "op/op.h"

namespace tenon {

/// Throws Error that begins with the operator's name unless `t` is a list of integers of known length; that length.
i64 require_extents(std::string_view op, std::string_view role, const Type& t);
/// The elements of an integer value, which must be known when this is asked. Throws Error.
Shape known_extents(std::string_view op, const Value& v);
/// `rank` unknown extents of at least 0, called `name` and their number.
Shape unknown_extents(std::string_view name, i64 rank);

/// A list of extents as sample operand: integers in [low, high).
inline SampleInput sample_extents(i64 count, double low, double high) {
  return {{DType::I64, {count}}, low, high, false};
}

}  // namespace tenon
