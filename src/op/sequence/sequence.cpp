#include "op/sequence/sequence.h"

namespace tenon {

Types SequenceOf::infer(Operands in) const {
  require(rank >= 0 && rank <= 16, "sequence: the rank of the elements is {}, expected 0 to 16", rank);
  Type element{dtype, {}};
  if (in.empty())
    for (i64 d = 0; d < rank; ++d) element.shape.push_back(Dim::symbol(fmt::format("sequence_{}", d), 0));
  for (std::size_t k = 0; k < in.size(); ++k)
    element = k == 0 ? in[0].type : common_type(name, "sequence", element, in[k].type);
  return {sequence_of(element)};
}

std::vector<Array> SequenceOf::evaluate(std::span<const Array> in) const {
  std::vector<Operand> operands;
  for (const Array& x : in) operands.push_back({x.type()});
  return {Array(infer(operands)[0], {in.begin(), in.end()})};
}

}  // namespace tenon
