#include "op/control/if.h"

#include "op/control/samples.h"

namespace tenon {

namespace {

/// The type of either: extents that differ become unknowns.
Type common(std::size_t result, const Type& a, const Type& b) {
  bool alike = a.dtype == b.dtype && a.rank() == b.rank() && (a == b || (a.is_dense() && b.is_dense()));
  require(alike, "if: result {} is {} in then_branch and {} in else_branch; expected one element type and rank", result, a, b);
  Type t = a;
  for (std::size_t d = 0; d < t.shape.size(); ++d) {
    if (a.shape[d] == b.shape[d]) continue;
    const auto most_a = greatest_value(a.shape[d]), most_b = greatest_value(b.shape[d]);
    const i64 least = std::min(least_value(a.shape[d]).value_or(0), least_value(b.shape[d]).value_or(0));
    const i64 most = most_a && most_b ? std::max(*most_a, *most_b) : Dim::kUnbounded;
    t.shape[d] = Dim::symbol(fmt::format("if_{}_{}", result, d), std::max<i64>(least, 0), most);
  }
  return t;
}

}  // namespace

Types If::infer(Operands in) const {
  require(!in.empty(), "if: expected at least one operand, the condition");
  require(in[0].type == (Type{DType::Bool, {}}), "if: the condition is {}, expected bool[]", in[0].type);
  const Types yes = results_of(name, "then_branch", then_branch, in.subspan(1));
  const Types no = results_of(name, "else_branch", else_branch, in.subspan(1));
  require(yes.size() == no.size(), "if: then_branch gives {} results, else_branch {}", yes.size(), no.size());
  Types types;
  for (std::size_t k = 0; k < yes.size(); ++k) types.push_back(common(k, yes[k], no[k]));
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
