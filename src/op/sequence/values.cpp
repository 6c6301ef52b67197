#include "op/sequence/values.h"

namespace tenon {

const Composite& require_form(std::string_view op, const Type& t, Composite::Form form) {
  constexpr std::string_view kNames[] = {"a sequence", "an optional", "a row-sparse tensor", "a token"};
  require(is_form(t, form), "{}: expected {}, given {}", op, kNames[static_cast<std::size_t>(form)], t);
  return *t.composite;
}

Type common_type(std::string_view op, std::string_view name, const Type& a, const Type& b) {
  if (a == b) return a;
  require(a.is_dense() && b.is_dense() && a.dtype == b.dtype && a.rank() == b.rank(),
          "{}: {} and {} have no common type; expected one element type and rank", op, a, b);
  Type t = a;
  for (std::size_t d = 0; d < t.shape.size(); ++d) {
    if (a.shape[d] == b.shape[d]) continue;
    const auto most_a = greatest_value(a.shape[d]), most_b = greatest_value(b.shape[d]);
    const i64 least = std::min(least_value(a.shape[d]).value_or(0), least_value(b.shape[d]).value_or(0));
    t.shape[d] = Dim::symbol(fmt::format("{}_{}", name, d), std::max<i64>(least, 0),
                             most_a && most_b ? std::max(*most_a, *most_b) : Dim::kUnbounded);
  }
  return t;
}

Type with_own_unknowns(const Type& t, std::string_view name) {
  Type own = t;
  for (std::size_t d = 0; d < own.shape.size(); ++d)
    if (const Dim extent = own.shape[d]; !extent.is_constant())
      own.shape[d] = Dim::symbol(fmt::format("{}_{}", name, d), std::max<i64>(least_value(extent).value_or(0), 0),
                                 greatest_value(extent).value_or(Dim::kUnbounded));
  return own;
}

std::size_t position_in(std::string_view op, const Array& position, std::size_t count, bool end) {
  const i64 n = static_cast<i64>(count), given = position.at(0).as_int(), k = given < 0 ? given + n : given;
  require(k >= 0 && k < n + end, "{}: position {} is out of range for a sequence of {}", op, given, n);
  return static_cast<std::size_t>(k);
}

void require_position(std::string_view op, const Type& t) {
  require(t.is_dense() && is_integer(t.dtype) && t.shape.empty(), "{}: the position is {}, expected an integer scalar",
          op, t);
}

}  // namespace tenon
