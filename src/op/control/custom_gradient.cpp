#include "op/control/custom_gradient.h"

#include "op/functions.h"

namespace tenon {

namespace {

bool has_gradient(const Type& t) { return t.is_dense() && is_float(t.dtype); }

}  // namespace

Types CustomGradient::infer(Operands in) const {
  const Types types = results_of(name, "function", function, in);
  std::vector<Operand> taken(in.begin(), in.end());
  for (const Type& t : types) taken.push_back({t});
  for (const Type& t : types)
    if (has_gradient(t)) taken.push_back({t});
  require_parameters(name, "backward", backward, taken);
  std::vector<Type> given;
  for (const Operand& x : in)
    if (has_gradient(x.type)) given.push_back(x.type);
  require(backward->results.size() == given.size(), "{}: backward gives {} gradients, expected {}, one for each float",
          name, backward->results.size(), given.size());
  require_results(name, "backward", *backward, 0, given);
  return types;
}

Values CustomGradient::expand(Builder&, std::span<const Value> in) const {
  const std::vector<Value> results = inline_call(*function, in);
  return {results.begin(), results.end()};
}

Values CustomGradient::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                           std::span<const Value> grad) const {
  std::vector<Value> args(in.begin(), in.end());
  args.insert(args.end(), out.begin(), out.end());
  for (std::size_t k = 0; k < out.size(); ++k) {
    const Type& t = out[k].type();
    if (has_gradient(t)) args.push_back(grad[k].defined() ? grad[k] : b.apply1(make_op(Full{0, t.dtype, t.shape}), {}));
  }
  const std::vector<Value> given = inline_call(*backward, args);
  Values grads(in.size());
  for (std::size_t k = 0, next = 0; k < in.size(); ++k)
    if (has_gradient(in[k].type())) grads[k] = given[next++];
  return grads;
}

std::vector<Case<CustomGradient>> CustomGradient::samples() {
  std::vector<Case<CustomGradient>> list;
  for (DType t : {DType::F32, DType::F64})
    for (const Shape& s : {Shape{3}, Shape{2, 0}}) {
      // exp(x) y, and the gradients that it has anyway
      const Type x{t, s};
      auto function = make_function("scaled", {x, x},
                                    [](std::span<const Value> p) { return std::vector<Value>{exp(p[0]) * p[1]}; });
      auto backward = make_function("scaled_gradient", {x, x, x, x}, [](std::span<const Value> p) {
        return std::vector<Value>{p[2] * p[3], exp(p[0]) * p[3]};
      });
      list.push_back({{function, backward}, {{x}, {x}}});
    }
  return list;
}

}  // namespace tenon
