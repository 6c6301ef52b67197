#pragma once
#include "op/index/indexing.h"

namespace tenon {

struct Lookup {
  static constexpr std::string_view name = "lookup";
  static constexpr std::string_view doc =
      "Rows of a table by integer ids: gather along the first dimension. The gradient of the table is 0 but for the "
      "rows "
      "that are looked up; sparse says that it shall stay a list of these (dense_rows), of which optimizers touch no "
      "others. Row `padding` gets no gradient, -1: every row does. lookup(table, ids)";
  static constexpr std::string_view constraints = R"(
    there are two operands | (f32[4,2])
    the ids are integers | (f32[4,2], f32[3])
    the table has rows | (f32[], i64[3])
    padding is one of them, or -1 | {padding=4} (f32[4,2], i64[3]))";
  static constexpr Traits traits{.composite = true};
  bool sparse = false;
  i64 padding = -1;
  static void fields(auto& self, auto&& f) { f("sparse", self.sparse), f("padding", self.padding); }

  Types infer(Operands in) const;
  Values expand(Builder& b, std::span<const Value> in) const;
  Values vjp(Builder& b, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad) const;
  static std::vector<Case<Lookup>> samples();
};

}  // namespace tenon
