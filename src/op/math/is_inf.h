#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct IsInf : Predicate<IsInf> {
  static constexpr std::string_view name = "is_inf";
  static constexpr std::string_view doc =
      "Whether x is positive infinity (where detect_positive) or negative infinity (where detect_negative).";
  bool detect_positive = true, detect_negative = true;
  static void fields(auto& self, auto&& f) {
    f("detect_positive", self.detect_positive), f("detect_negative", self.detect_negative);
  }

  /// In a type that has infinity.
  expr::Scalar formula(const expr::Scalar& given) const {
    const expr::Scalar x = expr::cast(accumulate_type(given.dtype()), given);
    if (detect_positive && detect_negative) return expr::abs(x) == expr::kInfinity;
    if (!detect_positive && !detect_negative) return expr::cast(DType::Bool, 0);
    return x == (detect_positive ? expr::kInfinity : -expr::kInfinity);
  }
  static std::vector<Case<IsInf>> samples() {
    auto list = cases_of(IsInf{}, elementwise_inputs(accepts, {&range, 1}));
    for (const bool positive : {false, true})
      for (const bool negative : {false, true})
        list.push_back({{.detect_positive = positive, .detect_negative = negative}, {{{DType::F32, {4, 3}}}}});
    return list;
  }
};

}  // namespace tenon
