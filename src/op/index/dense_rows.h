#pragma once
#include "op/index/indexing.h"

namespace tenon {

struct DenseRows {
  static constexpr std::string_view name = "dense_rows";
  static constexpr std::string_view doc =
      "The tensor of which row i is the sum of the updates whose id is i, in the order of ids, and 0 where there is "
      "none; ids out of range are ignored. The dimensions of ids stand in place of the first one in updates. What "
      "gradients of sparse lookups are: an optimizer takes ids and updates from it, and then nobody computes it. "
      "dense_rows(ids, updates)";
  static constexpr std::string_view constraints = R"(
    there are two operands | {rows=[4]} (i64[3])
    the ids are integers | {rows=[4]} (f32[3], f32[3,2])
    the updates are floats or integers | {rows=[4]} (i64[3], bool[3,2])
    they begin with the dimensions of the ids | {rows=[4]} (i64[3], f32[2,2])
    rows is one extent | {rows=[4,4]} (i64[3], f32[3,2]))";
  static constexpr Traits traits{.composite = true};
  Shape rows = {1};  ///< one extent: how many rows there are
  static void fields(auto& self, auto&& f) { f("rows", self.rows); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  static std::vector<Case<DenseRows>> samples();
};

/// The sum of two such tensors as one of their ids and updates together; undefined where either is something else.
Value joined_rows(Builder& b, const Value& x, const Value& y);

}  // namespace tenon
