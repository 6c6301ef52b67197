#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Cast {
  static constexpr std::string_view name = "cast";
  static constexpr std::string_view doc =
      "x as another element type: floats round to nearest even, float to integer truncates and saturates (NaN gives "
      "0), "
      "integers wrap around, bool is x != 0.";
  static constexpr std::string_view constraints = R"(
    texts stay texts, and nothing else becomes one | {dtype=f32} (str[2]))";
  static constexpr Traits traits{.elementwise = true};
  DType dtype = DType::F32;
  static void fields(auto& self, auto&& f) { f("dtype", self.dtype); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    require(dtype == in[0].type.dtype || (dtype != DType::Str && in[0].type.dtype != DType::Str),
            "cast: texts are no numbers: {} cannot become {}", in[0].type, dtype);
    return {Type{dtype, in[0].type.shape}};
  }
  expr::Expr define(std::span<const Type> in) const {
    return define_elementwise(in, [this](auto x) { return expr::cast(dtype, x[0]); });
  }
  static std::vector<Case<Cast>> samples() {
    std::vector<Case<Cast>> list;
    for (DType from : kAllDTypes)
      for (DType to : kAllDTypes)
        list.push_back(
            {{to}, {sample_input({from, {3, 5}}, {.low = -3, .high = 200, .int_low = -9, .int_high = 300})}});
    list.push_back({{DType::F64}, {{{DType::F32, {}}}}});
    list.push_back({{DType::F64}, {{{DType::F32, {0, 2}}}}});
    return list;
  }
};

}  // namespace tenon
