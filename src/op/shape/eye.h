#pragma once
#include <algorithm>

#include "op/op.h"

namespace tenon {

struct Eye {
  static constexpr std::string_view name = "eye";
  static constexpr std::string_view doc = "The matrix that is 1 where column - row is k, and 0 elsewhere.";
  static constexpr std::string_view constraints = R"(
    there are no operands | (f32[2])
    rows and columns are at least 0 | {rows=-1, columns=2} ())";
  static constexpr Traits traits{.leaf = true};
  i64 rows = 0, columns = 0, k = 0;
  DType dtype = DType::F32;
  static void fields(auto& self, auto&& f) {
    f("rows", self.rows), f("columns", self.columns), f("k", self.k), f("dtype", self.dtype);
  }

  Types infer(Operands in) const {
    require_operands(name, in, 0);
    require(rows >= 0 && columns >= 0, "eye: {} rows and {} columns; expected at least 0", rows, columns);
    check_shape({rows, columns});
    return {Type{dtype, {rows, columns}}};
  }
  expr::Expr define(std::span<const Type>) const {
    const expr::Index i("i", rows), j("j", columns);
    const i64 diagonal = std::clamp(k, -rows, columns);  // there and beyond, it does not cross the matrix
    return expr::compute({}, {i, j}, expr::cast(dtype, expr::where(expr::equals(j - i, diagonal), 1, 0)));
  }
  static std::vector<Case<Eye>> samples() {
    return {{{3, 3, 0, DType::F32}, {}},
            {{3, 5, 1, DType::F64}, {}},
            {{4, 2, -2, DType::I64}, {}},
            {{2, 2, 7, DType::BF16}, {}},
            {{0, 3, 0, DType::F16}, {}},
            {{2, 3, 0, DType::Bool}, {}},
            {{2, 2, std::numeric_limits<i64>::min(), DType::I8}, {}}};
  }
};

}  // namespace tenon
