#include "op/shape/depth_to_space.h"

#include "op/shape/blocks.h"

namespace tenon {

Types DepthToSpace::infer(Operands in) const {
  require_blocks(name, in, block, mode);
  Type out = in[0].type;
  const i64 elements = block_elements(name, block, out.shape.size() - 2);
  require(out.shape[1] % elements == 0,
          "depth_to_space: x is {} with {} channels, which the {} elements of a block do "
          "not divide",
          out, out.shape[1], elements);
  out.shape[1] = floor_div(out.shape[1], elements);
  for (std::size_t d = 2; d < out.shape.size(); ++d) out.shape[d] *= block;
  check_shape(out.shape);
  return {out};
}

expr::Expr DepthToSpace::define(std::span<const Type> in) const {
  Shape shape = in[0].shape;
  shape[1] = floor_div(shape[1], block_elements(name, block, shape.size() - 2));
  const Blocks b = blocks_of(shape, block, mode);
  std::vector<expr::OutDim> out{b.n, b.c};
  std::vector<expr::At> at{b.n, b.channel()};
  for (std::size_t d = 0; d < b.position.size(); ++d) {
    out.push_back(expr::join(b.position[d], b.offset[d]));
    at.emplace_back(b.position[d]);
  }
  return expr::compute({in[0]}, out, expr::Input(0, in[0])(at));
}

std::vector<Case<DepthToSpace>> DepthToSpace::samples() {
  return {{{2, "DCR"}, {{{DType::F32, {2, 8, 2, 3}}}}},
          {{2, "CRD"}, {{{DType::F32, {2, 8, 2, 3}}}}},
          {{3, "DCR"}, {{{DType::F64, {1, 9, 1, 2}}}}},
          {{2, "CRD"}, {{{DType::F64, {1, 8, 2, 1, 2}}}}},
          {{2, "DCR"}, {{{DType::F16, {1, 4, 5}}}}},
          {{1, "DCR"}, {{{DType::BF16, {1, 2, 3, 3}}}}},
          {{2, "CRD"}, {{{DType::F32, {0, 4, 2, 2}}}}},
          {{2, "DCR"}, {{{DType::I32, {1, 4, 2, 2}}, -5, 5, false}}},
          {{2, "CRD"}, {{{DType::Bool, {1, 4, 1, 2}}, 0, 2, false}}}};
}

}  // namespace tenon
