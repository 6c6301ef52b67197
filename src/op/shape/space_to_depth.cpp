#include "op/shape/space_to_depth.h"

#include "op/shape/blocks.h"

namespace tenon {

Types SpaceToDepth::infer(Operands in) const {
  require_blocks(name, in, block, mode);
  Type out = in[0].type;
  out.shape[1] *= block_elements(name, block, out.shape.size() - 2);
  for (std::size_t d = 2; d < out.shape.size(); ++d) {
    require(out.shape[d] % block == 0,
            "space_to_depth: dimension {} of {} is no multiple of the block {}; pad it first", d, in[0].type, block);
    out.shape[d] = floor_div(out.shape[d], block);
  }
  check_shape(out.shape);
  return {out};
}

expr::Expr SpaceToDepth::define(std::span<const Type> in) const {
  Shape shape = in[0].shape;
  for (std::size_t d = 2; d < shape.size(); ++d) shape[d] = floor_div(shape[d], block);
  const Blocks b = blocks_of(shape, block, mode);
  expr::OutDim channels(b.deep[0]);
  for (std::size_t k = 1; k < b.deep.size(); ++k) channels.indices.push_back(b.deep[k].id());
  std::vector<expr::OutDim> out{b.n, channels};
  std::vector<expr::At> at{b.n, b.c};
  for (std::size_t d = 0; d < b.position.size(); ++d) {
    out.emplace_back(b.position[d]);
    at.emplace_back(b.element(d));
  }
  return expr::compute({in[0]}, out, expr::Input(0, in[0])(at));
}

std::vector<Case<SpaceToDepth>> SpaceToDepth::samples() {
  return {{{2, "DCR"}, {{{DType::F32, {2, 2, 4, 6}}}}},
          {{2, "CRD"}, {{{DType::F32, {2, 2, 4, 6}}}}},
          {{3, "DCR"}, {{{DType::F64, {1, 2, 3, 6}}}}},
          {{2, "CRD"}, {{{DType::F64, {1, 2, 4, 2, 4}}}}},
          {{2, "DCR"}, {{{DType::F16, {1, 3, 4}}}}},
          {{1, "DCR"}, {{{DType::BF16, {1, 2, 3, 3}}}}},
          {{2, "CRD"}, {{{DType::F32, {0, 2, 4, 2}}}}},
          {{2, "DCR"}, {{{DType::I32, {1, 2, 2, 2}}, -5, 5, false}}},
          {{2, "CRD"}, {{{DType::Bool, {1, 1, 2, 4}}, 0, 2, false}}}};
}

}  // namespace tenon
