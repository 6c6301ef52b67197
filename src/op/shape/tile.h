#pragma once
#include "op/op.h"

namespace tenon {

struct Tile {
  static constexpr std::string_view name = "tile";
  static constexpr std::string_view doc = "x repeated as a whole, repeats[d] times along each dimension d.";
  static constexpr std::string_view constraints = R"(
    there is one operand | ()
    there is a number for each dimension | {repeats=[2]} (f32[2,3])
    which is at least 0 | {repeats=[2,-1]} (f32[2,3]))";
  static constexpr Traits traits{.index_map = true};
  Ints repeats;
  static void fields(auto& self, auto&& f) { f("repeats", self.repeats); }

  Types infer(Operands in) const {
    require_operands(name, in, 1);
    Type out = in[0].type;
    require(repeats.size() == out.shape.size(), "tile: {} has rank {}, but there are {} repeats", out, out.rank(),
            repeats.size());
    for (std::size_t d = 0; d < repeats.size(); ++d) {
      require(repeats[d] >= 0, "tile: repeats {} has the number {}, expected at least 0", repeats, repeats[d]);
      out.shape[d] *= repeats[d];
    }
    check_shape(out.shape);
    return {out};
  }
  expr::Expr define(std::span<const Type> in) const {
    const auto i = expr::indices(in[0].shape), copy = expr::indices(repeats, "copy");
    std::vector<expr::OutDim> out;
    for (std::size_t d = 0; d < i.size(); ++d) out.push_back(expr::join(copy[d], i[d]));
    return expr::compute({in[0]}, out, expr::Input(0, in[0])(expr::ats(i)));
  }
  static std::vector<Case<Tile>> samples() {
    return {{{{2, 3}}, {{{DType::F32, {3, 5}}}}},
            {{{1, 4, 1}}, {{{DType::F64, {2, 1, 3}}}}},
            {{{3}}, {{{DType::F32, {1}}}}},
            {{{}}, {{{DType::F32, {}}}}},
            {{{0, 2}}, {{{DType::F16, {2, 3}}}}},
            {{{2, 2}}, {{{DType::BF16, {0, 3}}}}},
            {{{2}}, {{{DType::I32, {5}}, -5, 5, false}}},
            {{{2}}, {{{DType::Bool, {3}}, 0, 2, false}}}};
  }
};

}  // namespace tenon
