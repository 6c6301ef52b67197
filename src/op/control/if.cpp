#include "op/control/if.h"

#include "op/control/samples.h"
#include "op/sequence/values.h"

namespace tenon {

Types If::infer(Operands in) const {
  require(!in.empty(), "if: expected at least one operand, the condition");
  require(in[0].type == (Type{DType::Bool, {}}), "if: the condition is {}, expected bool[]", in[0].type);
  const Types yes = results_of(name, "then_branch", then_branch, in.subspan(1));
  const Types no = results_of(name, "else_branch", else_branch, in.subspan(1));
  require(yes.size() == no.size(), "if: then_branch gives {} results, else_branch {}", yes.size(), no.size());
  Types types;
  for (std::size_t k = 0; k < yes.size(); ++k)
    types.push_back(common_type(name, fmt::format("if_{}", k), yes[k], no[k]));
  return types;
}

std::vector<Array> If::evaluate(std::span<const Array> in, const CallFunction& call) const {
  return call(in[0].at(0).truth() ? *then_branch : *else_branch, in.subspan(1));
}

std::vector<Case<If>> If::samples() {
  std::vector<Case<If>> list;
  for (DType t : {DType::F32, DType::F64, DType::F64})
    list.push_back({{scaled_sum(t, {2, 3}), product(t, {2, 3})},
                    {{{DType::Bool, {}}, 0, 2, false}, {{t, {2, 3}}}, {{t, {2, 3}}}}});
  return list;
}

}  // namespace tenon
