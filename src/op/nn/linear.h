#pragma once
#include "op/op.h"

namespace tenon {

struct Linear {
  static constexpr std::string_view name = "linear";
  static constexpr std::string_view doc =
      "y[..., o] = sum over i of x[..., i] weight[o, i], plus bias[o] where a third operand is given. Narrow types are "
      "accumulated wider and rounded once, after the bias. linear(x, weight) or linear(x, weight, bias)";
  static constexpr std::string_view constraints = R"(
    there are x, the weight and perhaps a bias | (f32[2,3])
    x is a float | (i32[2,3], i32[4,3])
    all have one element type | (f32[2,3], f64[4,3])
    the weight is [out, in] | (f32[2,3], f32[3])
    the last dimension of x is in | (f32[2,3], f32[4,2])
    the bias is [out] | (f32[2,3], f32[4,3], f32[3]))";
  static constexpr Traits traits{.contraction = true};

  Types infer(Operands in) const {
    require(in.size() == 2 || in.size() == 3, "linear: {} operands given; expected x, weight and, optionally, bias",
            in.size());
    const Type &x = in[0].type, &w = in[1].type;
    require_float(name, x);
    require_same_dtype(name, in);
    require(w.rank() == 2, "linear: the weight is {}, expected [out, in]", w);
    require(x.rank() > 0 && x.shape.back() == w.shape[1],
            "linear: x is {} and the weight {}; the last dimension of x must be {}", x, w, w.shape[1]);
    if (in.size() == 3)
      require(in[2].type.shape == Shape{w.shape[0]}, "linear: the bias is {}, expected [{}] for the weight {}",
              in[2].type, w.shape[0], w);
    Type y = x;
    y.shape.back() = w.shape[0];
    return {y};
  }
  // [define]
  expr::Expr define(std::span<const Type> in) const {
    const expr::Input x(0, in[0]), w(1, in[1]);
    const DType t = in[0].dtype, wide = accumulate_type(t);
    auto out = expr::indices(Shape(in[0].shape.begin(), in[0].shape.end() - 1));
    auto at = expr::ats(out);
    const expr::Index o("o", w.dim(0)), k("k", w.dim(1));
    at.emplace_back(k);
    out.push_back(o);
    auto y = expr::sum({k}, expr::cast(wide, x(at)) * expr::cast(wide, w(o, k)));
    if (in.size() == 3) y = y + expr::cast(wide, expr::Input(2, in[2])(o));
    return expr::compute({in.begin(), in.end()}, expr::dims(out), expr::cast(t, y));
  }
  // []
  static std::vector<Case<Linear>> samples() {
    return {{{}, {{{DType::F32, {3, 5}}}, {{DType::F32, {4, 5}}}, {{DType::F32, {4}}}}},
            {{}, {{{DType::F32, {3, 5}}}, {{DType::F32, {4, 5}}}}},
            {{}, {{{DType::F64, {2, 3, 2}}}, {{DType::F64, {1, 2}}}, {{DType::F64, {1}}}}},
            {{}, {{{DType::F32, {7}}}, {{DType::F32, {3, 7}}}, {{DType::F32, {3}}}}},
            {{}, {{{DType::F32, {17, 33}}}, {{DType::F32, {19, 33}}}, {{DType::F32, {19}}}}},
            {{}, {{{DType::F32, {0, 5}}}, {{DType::F32, {4, 5}}}, {{DType::F32, {4}}}}},
            {{}, {{{DType::F16, {3, 5}}}, {{DType::F16, {4, 5}}}, {{DType::F16, {4}}}}},
            {{}, {{{DType::BF16, {3, 5}}}, {{DType::BF16, {4, 5}}}, {{DType::BF16, {4}}}}}};
  }
};

}  // namespace tenon
