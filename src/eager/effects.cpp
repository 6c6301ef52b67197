#include "eager/effects.h"

#include "eager/trace.h"
#include "op/effect/begin.h"
#include "op/effect/host_effect.h"
#include "op/effect/print.h"

namespace tenon {

namespace {

/// Applies an operator that takes a token first and gives one first, after the effects so far; returns the other
/// results.
std::vector<Tensor> in_order(OpRef op, std::initializer_list<Tensor> operands) {
  const bool tracing = Tracing::active();
  Value& last = Tracing::last_effect();
  std::vector<Tensor> args;
  args.push_back(tracing && last.defined() ? Tensor(last) : apply_op(make_op(Begin{}), std::span<const Tensor>()));
  args.insert(args.end(), operands);
  std::vector<Tensor> results = apply_outputs(std::move(op), args);
  if (tracing)
    last = results[0].value();
  else
    results[0].eval();
  results.erase(results.begin());
  return results;
}

}  // namespace

void print(const std::string& text, std::initializer_list<Tensor> values) { in_order(make_op(Print{text}), values); }

std::vector<Tensor> host_effect(const std::string& function, std::initializer_list<Tensor> operands) {
  return in_order(make_op(HostEffect{function}), operands);
}

}  // namespace tenon
