#pragma once
#include "op/op.h"

namespace tenon {

struct Barrier {
  static constexpr std::string_view name = "barrier";
  static constexpr std::string_view doc =
      "The operands themselves, none of which is there before all of them are. Passes see other values in the results, "
      "so that what is computed from those again is not merged with what was computed from the operands; a compiled "
      "program copies nothing. barrier(x, …)";
  static constexpr std::string_view constraints = R"(
    there is an operand | ())";
  static constexpr Traits traits{.view = true, .texts = true};

  Types infer(Operands in) const {
    require(!in.empty(), "barrier: expected at least one operand");
    Types types;
    for (const Operand& x : in) types.push_back(x.type);
    return types;
  }
  std::vector<Array> evaluate(std::span<const Array> in) const { return {in.begin(), in.end()}; }
  Values vjp(Builder&, std::span<const Value>, std::span<const Value>, std::span<const Value> grad) const {
    return {grad.begin(), grad.end()};
  }
  static std::vector<Case<Barrier>> samples() {
    std::vector<Case<Barrier>> list;
    for (DType t : {DType::F32, DType::F64}) list.push_back({{}, {{{t, {2, 3}}}, {{t, {}}}}});
    list.push_back({{}, {{{DType::I64, {3}}, -5, 5, false}, {{DType::F32, {0}}}}});
    return list;
  }
};

}  // namespace tenon
