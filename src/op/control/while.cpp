#include "op/control/while.h"

#include "op/functions.h"

namespace tenon {

Types While::infer(Operands in) const {
  require(!in.empty(), "while: expected at least one operand, the state");
  require(bound >= 0, "while: the bound is {}, expected at least 0", bound);
  require(cap >= 1, "while: the cap is {}, expected at least 1", cap);
  const Types truth = results_of(name, "condition", condition, in);
  require(truth.size() == 1 && truth[0] == (Type{DType::Bool, {}}), "while: the condition gives {}, expected bool[]",
          truth[0]);
  require_parameters(name, "body", body, in);
  Types state;
  for (const Operand& o : in) state.push_back(o.type);
  require(body->results.size() == in.size(), "while: body gives {} results, expected {}, the state",
          body->results.size(), in.size());
  require_results(name, "body", *body, 0, {state.data(), state.size()});
  return state;
}

std::vector<Array> While::evaluate(std::span<const Array> in, const CallFunction& call) const {
  std::vector<Array> state(in.begin(), in.end());
  for (i64 k = 0; bound == 0 || k < bound; ++k) {
    if (!call(*condition, state)[0].at(0).truth()) break;
    require(bound > 0 || k < cap,
            "while: the condition still holds after {} iterations; make it become false, or give a bound if that is "
            "meant",
            cap);
    state = call(*body, state);
  }
  return state;
}

std::vector<Case<While>> While::samples() {
  // Doubles x until the sum of its squares exceeds the limit.
  auto growing = [](DType t, const Shape& shape, i64 bound) {
    const std::vector<Type> state{{t, shape}, {t, {}}};
    return While{
        make_function("small", state, [](const auto& p) { return std::vector<Value>{sum(p[0] * p[0]) < p[1]}; }),
        make_function(
            "grow", state,
            [t](const auto& p) { return std::vector<Value>{is_float(t) ? p[0] * 2 + sin(p[0]) : p[0] * 2, p[1]}; }),
        bound};
  };
  return {{growing(DType::I64, {3}, 0), {{{DType::I64, {3}}, 1, 4, false}, {{DType::I64, {}}, 900, 999, false}}},
          {growing(DType::F64, {2, 2}, 3), {{{DType::F64, {2, 2}}, 0.5, 1}, {{DType::F64, {}}, 900, 990}}},
          {growing(DType::F64, {2}, 8), {{{DType::F64, {2}}, 0.5, 1}, {{DType::F64, {}}, 90, 99}}},
          {growing(DType::F32, {0}, 2), {{{DType::F32, {0}}}, {{DType::F32, {}}, 1, 2}}}};
}

}  // namespace tenon
