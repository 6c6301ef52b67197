#include "op/recurrent/sequence.h"

#include "op/formula.h"
#include "op/functions.h"
#include "op/norm/normalization.h"
#include "op/recurrent/step.h"

namespace tenon {

namespace {

struct Extents {
  Dim steps, batch, inputs, size, rows;
};

Shape with_batch(const Recurrence& r, Dim outer, Dim batch, Dim size) {
  return r.batch_first ? Shape{batch, outer, size} : Shape{outer, batch, size};
}

/// Operand k as the next optional one, where it is given.
class Optionals {
 public:
  Optionals(std::span<const Value> in) : in_(in) {}
  Value next(bool given) { return given ? in_[at_++] : Value(); }

 private:
  std::span<const Value> in_;
  std::size_t at_ = 3;
};

Built front_direction(const Recurrence& r, const Built& state, std::size_t d) {
  return select(state, r.batch_first ? 1 : 0, static_cast<i64>(d));
}

/// What the attributes say of the operands, where their number is wrong.
std::string operand_list(const Recurrence& r, const RecurrentKind& kind) {
  std::string list = "x, w, r";
  if (r.has_bias) list += ", bias";
  if (r.has_lengths) list += ", lengths";
  if (r.has_states) list += kind.states == 2 ? ", the first h and the first c, which go together" : ", the first h";
  if (kind.has_peepholes) list += ", peepholes";
  return list;
}

/// The lengths as i64; a run in which one is not 0 to n fails, since the n + 1 possible ones are indexed by them.
Value checked_lengths(std::string_view op, const Built& lengths, Dim n) {
  Builder& b = *lengths.builder;
  const Value steps = b.apply1(make_op(Iota{DType::I64, {n + 1}, 0}), {});
  const expr::Input all(0, steps.type()), given(1, lengths.type());
  const auto out = expr::indices(lengths.shape());
  expr::Expr e = expr::compute({steps.type(), lengths.type()}, expr::dims(out), all(given(expr::ats(out))));
  return b.apply1(make_op(Formula{std::move(e), fmt::format("{}(the steps of x, lengths)", op)}),
                  {steps, lengths.value});
}

/// (states…, x at t [, t], r [, state bias] [, peepholes] [, lengths]) -> states…, y
FunctionPtr step_function(const RecurrentKind& kind, const std::vector<Type>& types, bool has_state_bias,
                          bool has_lengths, const RecurrentStep& step, std::size_t d) {
  return make_function(fmt::format("{}_step", kind.op), types, [&](std::span<const Value> p) {
    std::size_t at = 0;
    StepOperands o;
    const std::vector<Value> old(p.begin(), p.begin() + static_cast<std::ptrdiff_t>(kind.states));
    o.h = p[at++];
    if (kind.states == 2) o.c = p[at++];
    o.x = p[at++];
    const Value t = has_lengths ? p[at++] : Value();
    o.r = p[at++];
    if (has_state_bias) o.state_bias = p[at++];
    if (kind.has_peepholes) o.peepholes = p[at++];
    std::vector<Value> now = step(o, d);
    now.push_back(now[0]);
    if (has_lengths) {
      const Value inside = expand_dims(t < p[at], {1});
      for (std::size_t k = 0; k < now.size(); ++k)
        now[k] = k < old.size() ? where(inside, now[k], old[k]) : where(inside, now[k], 0);
    }
    return now;
  });
}

}  // namespace

std::vector<std::size_t> gate_order(std::string_view op, std::string_view given, std::string_view standard) {
  std::string sorted(given), all(standard);
  std::ranges::sort(sorted), std::ranges::sort(all);
  require(sorted == all, "{}: the gates are \"{}\", expected \"{}\" in some order", op, given, standard);
  std::vector<std::size_t> order;
  for (char gate : standard) order.push_back(given.find(gate));
  return order;
}

Types infer_recurrence(const Recurrence& r, const RecurrentKind& kind, Operands in) {
  const std::string_view op = kind.op;
  require(r.direction == "forward" || r.direction == "reverse" || r.direction == "bidirectional",
          "{}: the direction is \"{}\", expected forward, reverse or bidirectional", op, r.direction);
  require(r.clip >= 0, "{}: clip is {}, expected at least 0", op, r.clip);
  const std::size_t count = 3 + r.has_bias + r.has_lengths + r.has_states * kind.states + kind.has_peepholes;
  require(in.size() == count, "{}: {} operands are given, expected {}: {}", op, in.size(), count,
          operand_list(r, kind));
  const Type &x = in[0].type, &w = in[1].type, &u = in[2].type;
  const i64 d = static_cast<i64>(r.directions()), gates = static_cast<i64>(kind.gates.size());
  require_float(op, x);
  require(x.rank() == 3, "{}: x is {}, expected {}", op, x,
          r.batch_first ? "[batch, n, inputs]" : "[n, batch, inputs]");
  const Dim n = x.shape[r.batch_first ? 1 : 0], batch = x.shape[r.batch_first ? 0 : 1];
  require(u.rank() == 3, "{}: r is {}, expected [{}, {} size, size]", op, u, d, gates);
  const Dim size = u.shape[2], rows = size * gates;
  auto require_shape = [&](std::string_view what, const Type& t, const Shape& shape) {
    require(t.shape == shape && t.dtype == x.dtype, "{}: {} is {}, expected {}", op, what, t, Type{x.dtype, shape});
  };
  require_shape("r", u, {d, rows, size});
  require_shape("w", w, {d, rows, x.shape[2]});
  std::size_t at = 3;
  if (r.has_bias) require_shape("the bias", in[at++].type, {d, rows * 2});
  if (r.has_lengths) {
    const Type& lengths = in[at++].type;
    require(is_integer(lengths.dtype) && lengths.shape == Shape{batch},
            "{}: the lengths are {}, expected integers [{}]", op, lengths, batch);
  }
  const Shape state = with_batch(r, d, batch, size);
  for (std::size_t k = 0; r.has_states && k < kind.states; ++k)
    require_shape(k == 0 ? "the first h" : "the first c", in[at++].type, state);
  if (kind.has_peepholes) require_shape("the peepholes", in[at].type, {d, size * 3});
  Shape y = r.batch_first ? Shape{batch, n, d, size} : Shape{n, d, batch, size};
  check_shape(y);
  Types types{{x.dtype, y}};
  for (std::size_t k = 0; k < kind.states; ++k) types.push_back({x.dtype, state});
  return types;
}

Values expand_recurrence(const Recurrence& r, const RecurrentKind& kind, Builder& b, std::span<const Value> in,
                         const RecurrentStep& step) {
  Optionals optional(in);
  const Value bias = optional.next(r.has_bias), lengths = optional.next(r.has_lengths);
  std::vector<Value> first;
  for (std::size_t k = 0; k < kind.states; ++k) first.push_back(optional.next(r.has_states));
  const Value peepholes = optional.next(kind.has_peepholes);
  const Dim steps = in[0].shape()[r.batch_first ? 1 : 0];
  const Value ends = lengths.defined() ? checked_lengths(kind.op, {&b, lengths}, steps) : Value();
  Built x = widened(b, in[0]);
  if (r.batch_first) x = transpose(x, {1, 0, 2});
  const Dim n = x.shape()[0], batch = x.shape()[1], size = in[2].shape()[2];

  std::vector<std::vector<Built>> parts(1 + kind.states);  // y, then the last states, by direction
  for (std::size_t d = 0; d < r.directions(); ++d) {
    const auto of_direction = [&](const Value& v) { return select(widened(b, v), 0, static_cast<i64>(d)); };
    std::vector<Built> states, constants{of_direction(in[2])};
    for (const Value& v : first)
      states.push_back(v.defined() ? front_direction(r, widened(b, v), d) : broadcast(lift(0.0, x), {batch, size}));
    Built sums = x;
    if (bias.defined()) {
      const auto both = chunk(of_direction(bias), 2);
      sums = linear(x, of_direction(in[1]), kind.keeps_state_bias ? both[0] : both[0] + both[1]);
      if (kind.keeps_state_bias) constants.push_back(both[1]);
    } else {
      sums = linear(x, of_direction(in[1]));
    }
    std::vector<Built> sequences{sums};
    if (lengths.defined()) sequences.push_back({&b, b.apply1(make_op(Iota{DType::I64, {n}, 0}), {})});
    if (peepholes.defined()) constants.push_back(of_direction(peepholes));
    if (lengths.defined()) constants.push_back({&b, ends});

    std::vector<Type> types;
    for (const Built& v : states) types.push_back(v.type());
    for (const Built& v : sequences) types.push_back({v.dtype(), Shape(v.shape().begin() + 1, v.shape().end())});
    for (const Built& v : constants) types.push_back(v.type());
    const bool has_state_bias = bias.defined() && kind.keeps_state_bias;
    const FunctionPtr body = step_function(kind, types, has_state_bias, lengths.defined(), step, d);
    const bool reverse = r.direction == "reverse" || d == 1;
    const std::vector<Built> found = scan(body, states, sequences, constants, reverse);
    parts[0].push_back(found.back());
    for (std::size_t k = 0; k < kind.states; ++k) parts[1 + k].push_back(found[k]);
  }
  Values results;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    Built all = stack(std::span<const Built>(parts[k]), k == 0 ? 1 : 0);
    if (r.batch_first) all = k == 0 ? transpose(all, {2, 0, 1, 3}) : transpose(all, {1, 0, 2});
    results.push_back(cast(all, in[0].dtype()).value);
  }
  return results;
}

std::vector<SampleInput> recurrent_sample(const Recurrence& r, const RecurrentKind& kind, DType t, i64 steps, i64 batch,
                                          i64 inputs, i64 size) {
  const i64 d = static_cast<i64>(r.directions()), rows = static_cast<i64>(kind.gates.size()) * size;
  std::vector<SampleInput> in{{{t, with_batch(r, steps, batch, inputs)}}};
  in.push_back({{t, {d, rows, inputs}}, -1, 1});
  in.push_back({{t, {d, rows, size}}, -1, 1});
  if (r.has_bias) in.push_back({{t, {d, 2 * rows}}});
  if (r.has_lengths) in.push_back({{DType::I32, {batch}}, 0, static_cast<double>(steps + 1), false});
  if (r.has_states) in.insert(in.end(), kind.states, {{t, with_batch(r, d, batch, size)}});
  if (kind.has_peepholes) in.push_back({{t, {d, 3 * size}}, -1, 1});
  return in;
}

}  // namespace tenon
