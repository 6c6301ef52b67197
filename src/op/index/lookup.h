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
