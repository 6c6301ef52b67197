// What operators on sequences, optionals and row-sparse tensors share.
#pragma once
#include "op/op.h"

namespace tenon {

/// Throws Error that begins with the operator's name unless `t` is of that form.
const Composite& require_form(std::string_view op, const Type& t, Composite::Form form);
/// A type that both are of: extents in which they differ become unknowns called `name` and the dimension's number.
/// Throws Error that begins with `op` where there is none.
Type common_type(std::string_view op, std::string_view name, const Type& a, const Type& b);
/// The type with its unknown extents renamed, so that they are not mistaken for those of other values.
Type with_own_unknowns(const Type& t, std::string_view name);
/// A position in [0, count), where negative ones count from the end; `count` itself too if `end`. Throws Error.
std::size_t position_in(std::string_view op, const Array& position, std::size_t count, bool end);
/// An integer scalar.
void require_position(std::string_view op, const Type& t);

}  // namespace tenon
