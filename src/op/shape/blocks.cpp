#include "op/shape/blocks.h"

namespace tenon {

void require_blocks(std::string_view op, Operands in, i64 block, const std::string& mode) {
  require_operands(op, in, 1);
  require(in[0].type.rank() >= 3, "{}: x is {}; expected batch, channels and spatial dimensions", op, in[0].type);
  require(block >= 1, "{}: block is {}, expected at least 1", op, block);
  require(mode == "DCR" || mode == "CRD", "{}: mode \"{}\" is unknown; expected \"DCR\" or \"CRD\"", op, mode);
}

i64 block_elements(std::string_view op, i64 block, std::size_t rank) {
  constexpr i64 kMost = i64(1) << 20;
  i64 elements = 1;
  for (std::size_t d = 0; d < rank; ++d) {
    require(block <= kMost / elements, "{}: block {} is too large", op, block);
    elements *= block;
  }
  return elements;
}

Blocks blocks_of(const Shape& blocks, i64 block, const std::string& mode) {
  const Shape spatial(blocks.begin() + 2, blocks.end());
  Blocks b{{"n", blocks[0]},
           {"c", blocks[1]},
           expr::indices(spatial, "p"),
           expr::indices(Ints(spatial.size(), block), "o"),
           {}};
  b.deep = b.offset;
  b.deep.insert(mode == "DCR" ? b.deep.end() : b.deep.begin(), b.c);
  return b;
}

expr::Affine Blocks::channel() const {
  expr::Affine at = 0;
  for (const expr::Index& i : deep) at = at * i.extent() + i;
  return at;
}

expr::Affine Blocks::element(std::size_t d) const { return position[d] * offset[d].extent() + offset[d]; }

}  // namespace tenon
