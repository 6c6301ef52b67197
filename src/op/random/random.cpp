#include "op/random/random.h"

namespace tenon {

void require_key(std::string_view op, Operands in, const Shape& shape) {
  require_operands(op, in, 1);
  require(in[0].type == Type({DType::I32, {2}}), "{}: the key is {}, expected i32[2]", op, in[0].type);
  require(element_count(shape) < (i64(1) << 39), "{}: the shape {} has too many elements", op, shape);
}

expr::Affine row_major(const std::vector<expr::Index>& out) {
  expr::Affine position = 0;
  for (const expr::Index& i : out) position = position * i.extent() + i;
  return position;
}

expr::Scalar random_word(const expr::Input& key, const expr::Affine& counter) {
  return expr::random_bits(key(0), key(1), expr::value(counter));
}

expr::Scalar random_24_bits(const expr::Input& key, const expr::Affine& counter) {
  return expr::bit_and(random_word(key, counter), 0xFFFFFF);
}

SampleInput sample_key() { return {{DType::I32, {2}}, -2147483648.0, 2147483648.0, false}; }

}  // namespace tenon
