#pragma once
#include "op/index/indexing.h"

namespace tenon {

struct MergeRows {
  static constexpr std::string_view name = "merge_rows";
  static constexpr std::string_view doc =
      "Updates of rows, of which several may be for one row, as one sum for each: the different ids, ascending (i64), "
      "and their sums, in the order of ids. Both have as many entries as there are ids; behind the last sum the "
      "positions are -1 and the sums 0. An id of -1 is passed over, others below 0 are errors. The dimensions of ids "
      "come first in updates. merge_rows(ids, updates) gives positions, sums.";
  static constexpr std::string_view constraints = R"(
    there are two operands | (i64[3])
    the ids are integers | (f32[3], f32[3,2])
    the updates are floats or integers | (i64[3], bool[3,2])
    they begin with the dimensions of the ids | (i64[3], f32[2,2]))";
  static constexpr Traits traits{};
  static void fields(auto&, auto&&) {}

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<MergeRows>> samples();
};

}  // namespace tenon
