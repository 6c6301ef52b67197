#pragma once
#include "op/index/indexing.h"

namespace tenon {

struct OneHot {
  static constexpr std::string_view name = "one_hot";
  static constexpr std::string_view doc =
      "A last dimension of extent `depth` that is 1 at the position read from ids and 0 elsewhere; all 0 where the "
      "position "
      "is out of range.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    the positions are integers | {depth=3} (f32[2])
    the depth is at least 0 | {depth=-1} (i64[2]))";
  static constexpr Traits traits{};
  i64 depth = 1;
  DType dtype = DType::F32;
  static void fields(auto& self, auto&& f) { f("depth", self.depth), f("dtype", self.dtype); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    require_ids(name, in[0].type);
    require(depth >= 0, "one_hot: the depth is {}, expected at least 0", depth);
    Shape shape = in[0].type.shape;
    shape.push_back(depth);
    check_shape(shape);
    return {Type{dtype, shape}};
  }
  expr::Expr define(std::span<const Type> in) const {
    const expr::Input ids(0, in[0]);
    auto out = expr::indices(in[0].shape);
    const auto at = expr::ats(out);
    out.emplace_back("v", depth);
    const auto one = expr::Scalar(1).typed(dtype), zero = expr::Scalar(0).typed(dtype);
    return expr::compute({in[0]}, expr::dims(out), expr::where(equals(ids(at), out.back()), one, zero));
  }
  static std::vector<Case<OneHot>> samples() {
    return {{{5}, {{{DType::I64, {4}}, 0, 5, false}}},
            {{3, DType::F64}, {{{DType::I32, {2, 2}}, -1, 5, false}}},
            {{10, DType::BF16}, {{{DType::U8, {3}}, 0, 10, false}}},
            {{4, DType::I32}, {{{DType::I64, {}}, 0, 4, false}}},
            {{4, DType::Bool}, {{{DType::I8, {3}}, 0, 4, false}}},
            {{1, DType::F16}, {{{DType::I16, {0}}, 0, 1, false}}}};
  }
};

}  // namespace tenon
