#include "op/shape/from_values.h"

namespace tenon {

i64 require_extents(std::string_view op, std::string_view role, const Type& t) {
  require(is_integer(t.dtype) && t.rank() == 1 && t.shape[0].is_constant(),
          "{}: the {} is {}, expected a list of integers of known length", op, role, t);
  require(is_position(t.dtype), "{}: the {} is {}, which i64 may not hold; cast it first", op, role, t);
  return t.shape[0];
}

Shape known_extents(std::string_view op, const Value& v) {
  auto known = extents_of(operand_of(v));
  if (!known)
    fail(
        "{}: its gradient needs extents that are known before the program runs, unlike those in {}; make them of "
        "constants or "
        "of shapes, or take the gradient outside of jit",
        op, v.type());
  return *known;
}

Shape unknown_extents(std::string_view name, i64 rank) {
  Shape shape;
  for (i64 d = 0; d < rank; ++d) shape.push_back(Dim::symbol(fmt::format("{}_{}", name, d), 0));
  return shape;
}

}  // namespace tenon
