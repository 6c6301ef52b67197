#pragma once
#include "op/math/elementwise.h"

namespace tenon {

struct Broadcast {
  static constexpr std::string_view name = "broadcast";
  static constexpr std::string_view doc =
      "x repeated to `shape`: dimensions are aligned at the right, those of extent 1 are repeated, missing ones added.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    aligned at the right, the extents of x are equal or 1 | {shape=[3,2]} (f32[3]))";
  static constexpr Traits traits{.index_map = true};
  Shape shape;
  static void fields(auto& self, auto&& f) { f("shape", self.shape); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    const Type& x = in[0].type;
    check_shape(shape);
    bool fits = x.shape.size() <= shape.size();
    for (std::size_t d = 0; fits && d < x.shape.size(); ++d)
      fits = x.shape[d] == 1 || x.shape[d] == shape[shape.size() - x.shape.size() + d];
    require(fits, "broadcast: {} does not fit {}; aligned at the right, each of its extents must be equal or 1", x,
            shape);
    return {Type{x.dtype, shape}};
  }
  expr::Expr define(std::span<const Type> in) const {
    auto out = expr::indices(shape);
    return expr::compute({in[0]}, expr::dims(out), expr::Input(0, in[0])(broadcast_at(in[0].shape, out)));
  }
  static std::vector<Case<Broadcast>> samples() {
    return {{{{3, 5}}, {{{DType::F32, {5}}}}},
            {{{3, 5}}, {{{DType::F32, {3, 1}}}}},
            {{{2, 3}}, {{{DType::F64, {}}}}},
            {{{2, 3, 4, 2}}, {{{DType::F32, {3, 1, 2}}}}},
            {{{4}}, {{{DType::F16, {4}}}}},
            {{{0, 3}}, {{{DType::BF16, {1, 3}}}}},
            {{{2, 3}}, {{{DType::I32, {3}}, -5, 5, false}}},
            {{{2, 3}}, {{{DType::Bool, {2, 1}}, 0, 2, false}}}};
  }
};

}  // namespace tenon
