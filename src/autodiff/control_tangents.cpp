#include "autodiff/control.h"
#include "op/control/checkpoint.h"
#include "op/control/if.h"
#include "op/control/scan.h"
#include "op/control/while.h"
#include "op/functions.h"

namespace tenon {

namespace {

using Positions = std::vector<std::size_t>;

void extend(std::vector<Value>& to, std::span<const Value> more) { to.insert(to.end(), more.begin(), more.end()); }

/// Positions among `types` that can have a tangent.
Positions with_tangents(std::span<const Type> types) {
  Positions list;
  for (std::size_t k = 0; k < types.size(); ++k)
    if (has_tangent(types[k])) list.push_back(k);
  return list;
}

Positions with_moves(std::span<const Value> moves) {
  Positions list;
  for (std::size_t k = 0; k < moves.size(); ++k)
    if (moves[k].defined()) list.push_back(k);
  return list;
}

std::vector<Value> at(std::span<const Value> values, const Positions& list) {
  std::vector<Value> chosen;
  for (std::size_t k : list) chosen.push_back(values[k]);
  return chosen;
}

Value or_zeros(Builder& b, const Value& move, const Type& t) {
  return move.defined() ? move : b.apply1(make_op(Full{0, t.dtype, t.shape}), {});
}

/// The outputs of `op`, of which those from `split` on are tangents of the values at `where`.
Tangents split(const Values& outputs, std::size_t values, const Positions& where) {
  Tangents both;
  both.values.assign(outputs.begin(), outputs.begin() + static_cast<std::ptrdiff_t>(values));
  both.tangents.resize(values);
  for (std::size_t k = 0; k < where.size(); ++k)
    both.tangents[where[k]] = fitted(outputs[values + k], both.values[where[k]]);
  return both;
}

Tangents of_if(Builder& b, const If& op, std::span<const Value> in, std::span<const Value> moves) {
  const Positions wrt = with_moves(moves.subspan(1));
  auto of_branch = [&](const FunctionPtr& f) { return std::make_shared<const Function>(jvp(*f, wrt)); };
  std::vector<Value> args(in.begin(), in.end());
  extend(args, at(moves.subspan(1), wrt));
  const std::vector<Type> results = op.then_branch->result_types();
  return split(b.apply(make_op(If{of_branch(op.then_branch), of_branch(op.else_branch)}), args), results.size(),
               with_tangents(results));
}

/// The loop carries the state and, behind it, its tangents.
Tangents of_while(Builder& b, const While& op, std::span<const Value> in, std::span<const Value> moves) {
  const std::vector<Type> types = op.body->parameter_types();
  const Positions wrt = with_tangents(types);
  std::vector<Value> state(in.begin(), in.end());
  std::vector<Type> all = types;
  for (std::size_t k : wrt) {
    state.push_back(or_zeros(b, moves[k], types[k]));
    all.push_back(types[k]);
  }
  auto condition = make_function(op.condition->name, all, [&](std::span<const Value> p) {
    return inline_call(*op.condition, p.first(types.size()));
  });
  auto body = std::make_shared<const Function>(jvp(*op.body, wrt));
  return split(b.apply(make_op(While{condition, body, op.bound, op.cap}), state), types.size(), wrt);
}

/// States and their tangents, sequences and theirs, constants and theirs; further results and theirs.
Tangents of_scan(Builder& b, const ScanLoop& op, std::span<const Value> in, std::span<const Value> moves) {
  const auto states = static_cast<std::size_t>(op.carried), first = states + static_cast<std::size_t>(op.sequences);
  const std::vector<Type> parameters = op.body->parameter_types(), results = op.body->result_types();
  const Positions carried = with_tangents(std::span(parameters).first(states));
  Positions sequences, constants;
  for (std::size_t k = states; k < in.size(); ++k)
    if (moves[k].defined()) (k < first ? sequences : constants).push_back(k);
  const std::size_t further = results.size() - states;
  const Positions stacked = with_tangents(std::span(results).subspan(states));

  std::vector<Value> args(in.begin(), in.begin() + op.carried);
  for (std::size_t k : carried) args.push_back(or_zeros(b, moves[k], in[k].type()));
  extend(args, in.subspan(states, first - states));
  extend(args, at(moves, sequences));
  extend(args, in.subspan(first));
  extend(args, at(moves, constants));

  Positions wrt = carried;
  wrt.insert(wrt.end(), sequences.begin(), sequences.end());
  wrt.insert(wrt.end(), constants.begin(), constants.end());
  const Function step = jvp(*op.body, wrt);
  std::vector<Type> types(parameters.begin(), parameters.begin() + op.carried);
  auto add = [&](const Positions& list) {
    for (std::size_t k : list) types.push_back(parameters[k]);
  };
  auto add_range = [&](std::size_t from, std::size_t to) {
    for (std::size_t k = from; k < to; ++k) types.push_back(parameters[k]);
  };
  add(carried), add_range(states, first), add(sequences), add_range(first, in.size()), add(constants);

  auto body = make_function(step.name, types, [&](std::span<const Value> p) {
    std::size_t next = 0;
    auto take = [&](std::size_t count) { return p.subspan(std::exchange(next, next + count), count); };
    const auto s = take(states), s_moves = take(carried.size()), x = take(first - states),
               x_moves = take(sequences.size()), c = take(in.size() - first), c_moves = take(constants.size());
    std::vector<Value> inner;
    for (const auto& part : {s, x, c, s_moves, x_moves, c_moves}) extend(inner, part);
    const std::vector<Value> out = inline_call(step, inner);
    const std::span<const Value> values(out.data(), results.size()), changes = std::span(out).subspan(results.size());
    std::vector<Value> ordered(values.begin(), values.begin() + op.carried);
    extend(ordered, changes.first(carried.size()));
    extend(ordered, values.subspan(states));
    extend(ordered, changes.subspan(carried.size()));
    return ordered;
  });
  const auto state_count = static_cast<i64>(states + carried.size());
  const auto sequence_count = static_cast<i64>(first - states + sequences.size());
  const Values out = b.apply(make_op(ScanLoop{body, state_count, sequence_count, op.length, op.reverse}), args);

  Tangents both;
  both.tangents.resize(results.size());
  std::size_t next = 0;
  for (std::size_t k = 0; k < states; ++k) both.values.push_back(out[next++]);
  for (std::size_t k : carried) both.tangents[k] = out[next++];
  for (std::size_t k = 0; k < further; ++k) both.values.push_back(out[next++]);
  for (std::size_t k : stacked) both.tangents[states + k] = out[next++];
  return both;
}

Tangents of_checkpoint_moved(Builder& b, const Checkpoint& op, std::span<const Value> in,
                             std::span<const Value> moves) {
  const Positions wrt = with_moves(moves);
  std::vector<Value> args(in.begin(), in.end());
  extend(args, at(moves, wrt));
  const std::vector<Type> results = op.function->result_types();
  return split(b.apply(make_op(Checkpoint{std::make_shared<const Function>(jvp(*op.function, wrt))}), args),
               results.size(), with_tangents(results));
}

}  // namespace

std::optional<Tangents> control_tangents(Builder& b, const Op& op, std::span<const Value> in,
                                         std::span<const Value> moves) {
  if (const If* branches = get_if<If>(op)) return of_if(b, *branches, in, moves);
  if (const While* loop = get_if<While>(op)) return of_while(b, *loop, in, moves);
  if (const ScanLoop* loop = get_if<ScanLoop>(op)) return of_scan(b, *loop, in, moves);
  if (const Checkpoint* inner = get_if<Checkpoint>(op)) return of_checkpoint_moved(b, *inner, in, moves);
  return {};
}

}  // namespace tenon
