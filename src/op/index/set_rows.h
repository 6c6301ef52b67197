#pragma once
#include "op/index/indexing.h"

namespace tenon {

struct SetRows {
  static constexpr std::string_view name = "set_rows";
  static constexpr std::string_view doc =
      "x with other rows at some positions of its first dimension; of several for one position the last one stays. A "
      "position of -1 is passed over, any other that is out of range is an error. The dimensions of positions come "
      "first in rows. set_rows(x, positions, rows)";
  static constexpr std::string_view constraints = R"(
    there are three operands | (f32[4,2], i64[3])
    the positions are integers | (f32[4,2], f32[3], f32[3,2])
    x has rows | (f32[], i64[3], f32[3])
    the rows begin with the dimensions of the positions and go on as x | (f32[4,2], i64[3], f32[3,3]))";
  static constexpr Traits traits{};
  static void fields(auto&, auto&&) {}

  Types infer(Operands in) const;
  std::vector<Array> evaluate(std::span<const Array> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<SetRows>> samples();
};

}  // namespace tenon
