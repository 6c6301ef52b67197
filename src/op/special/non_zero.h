#pragma once
#include "op/special/scan.h"

namespace tenon {

struct NonZero {
  static constexpr std::string_view name = "non_zero";
  static constexpr std::string_view doc =
      "The coordinates (i64) of the elements that are not 0, in row-major order, one in each column: [rank, count]. "
      "NaN is "
      "not 0. non_zero(x)";
  static constexpr std::string_view constraints = R"(
    there is one operand | ())";
  static constexpr Traits traits{.sized_by_data = true};
  std::string size = "non_zero";  ///< name of the unknown extent of the result
  static void fields(auto& self, auto&& f) { f("size", self.size); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    const Type& x = in[0].type;
    const i64 most = greatest_value(symbolic_count(x.shape)).value_or(Dim::kUnbounded);
    return {Type{DType::I64, {x.rank(), Dim::symbol(size, 0, most)}}};
  }
  std::vector<Array> evaluate(std::span<const Array> in) const {
    const Array& x = in[0];
    std::vector<i64> found;
    for (i64 k = 0; k < x.count(); ++k)
      if (x.at(k).truth()) found.push_back(k);
    const auto count = static_cast<i64>(found.size());
    Array places(DType::I64, {x.rank(), count});
    for (i64 k = 0; k < count; ++k) {
      i64 rest = found[static_cast<std::size_t>(k)];
      for (i64 d = x.rank(); d-- > 0; rest /= x.dim(d)) places.set(d * count + k, Number::of_int(rest % x.dim(d)));
    }
    return {places};
  }
  static std::vector<Case<NonZero>> samples() {
    std::vector<Case<NonZero>> list;
    for (DType t : kAllDTypes) {
      const double low = is_signed(t) ? -2 : 0;
      list.push_back({{}, {{{t, {3, 7}}, low, 2, false}}});
    }
    for (const Shape& s : {Shape{}, Shape{40}, Shape{2, 3, 1, 4}, Shape{2, 0}})
      list.push_back({{}, {{{DType::I8, s}, -1, 2, false}}});
    return list;
  }
};

}  // namespace tenon
