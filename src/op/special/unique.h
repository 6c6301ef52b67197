#pragma once
#include "op/special/order.h"

namespace tenon {

struct Unique {
  static constexpr std::string_view name = "unique";
  static constexpr std::string_view doc =
      "The different elements of the flattened x, or the different slices along an axis: sorted (slices by their first "
      "difference), or in the order in which they first occur. NaN equals NaN and counts as the largest, 0 equals -0; "
      "of equal ones the first is given. unique(x) gives values, the position (i64) of the first of each, for each "
      "element or slice of x its position among the values, and how often each occurs.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    there is one axis or none | {axis=[0,1]} (f32[2,3])
    it is one of x | {axis=[2]} (f32[2,3]))";
  static constexpr Traits traits{.sized_by_data = true};
  Ints axis;  ///< none: of the flattened tensor
  bool sorted = true;
  std::string size = "unique";  ///< name of the unknown extent of the results
  static void fields(auto& self, auto&& f) { f("axis", self.axis), f("sorted", self.sorted), f("size", self.size); }

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  /// Of the values, to the first of each.
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<Unique>> samples();
};

}  // namespace tenon
