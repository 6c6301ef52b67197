// Operators that hold functions, for many examples at once.
#include <algorithm>

#include "autodiff/examples.h"
#include "op/control/checkpoint.h"
#include "op/control/custom_gradient.h"
#include "op/functions.h"

namespace tenon {

namespace {

std::vector<Mapped> with_marks(const Values& outputs, std::span<const char> batched) {
  std::vector<Mapped> list;
  for (std::size_t k = 0; k < outputs.size(); ++k) list.push_back({outputs[k], batched[k] != 0});
  return list;
}

std::vector<char> either(std::span<const char> a, std::span<const char> b) {
  std::vector<char> marks;
  for (std::size_t k = 0; k < a.size(); ++k) marks.push_back(a[k] || b[k]);
  return marks;
}

/// condition[b] ? yes[b, …] : no[b, …]
Value chosen(const Value& condition, const Value& yes, const Value& no) {
  Shape shape(yes.shape().size(), 1);
  shape[0] = condition.shape()[0];
  return where(reshape(condition, shape), yes, no);
}

std::vector<Mapped> if_of(Examples& examples, const If& op, std::span<const Mapped> in) {
  const std::vector<char> marks = marks_of(in.subspan(1));
  std::vector<Value> args;
  for (const Mapped& x : in.subspan(1)) args.push_back(x.value);
  std::vector<char> results =
      either(examples.function(*op.then_branch, marks).batched, examples.function(*op.else_branch, marks).batched);
  if (in[0].batched) std::ranges::fill(results, 1);
  const MappedFunction yes = examples.function(*op.then_branch, marks, results),
                       no = examples.function(*op.else_branch, marks, results);
  if (!in[0].batched) {
    args.insert(args.begin(), in[0].value);
    return with_marks(examples.builder().apply(make_op(If{yes.f, no.f}), args), results);
  }
  const std::vector<Value> a = inline_call(*yes.f, args), b = inline_call(*no.f, args);
  std::vector<Mapped> list;
  for (std::size_t k = 0; k < a.size(); ++k) {
    require(a[k].type().is_dense() && a[k].type() == b[k].type(),
            "vmap: result {} of an if whose condition differs between examples is {} or {}; expected tensors of one "
            "type, between which can be chosen",
            k, op.then_branch->results[k].type(), op.else_branch->results[k].type());
    list.push_back({chosen(in[0].value, a[k], b[k]), true});
  }
  return list;
}

/// The states that differ between examples once `step` has run any number of times.
std::vector<char> settled_marks(Examples& examples, const Function& step, std::vector<char> marks, std::size_t states) {
  while (true) {
    const std::vector<char> after = examples.function(step, marks).batched;
    bool more = false;
    for (std::size_t k = 0; k < states; ++k) {
      more |= after[k] && !marks[k];
      marks[k] |= after[k];
    }
    if (!more) return marks;
  }
}

/// As long as the condition holds for any example; an example for which it failed keeps its state.
While while_any(Examples& examples, const While& op) {
  const std::size_t states = op.body->parameters.size();
  const std::vector<char> all(states, 1), one{1};
  const MappedFunction holds = examples.function(*op.condition, all, one), step = examples.function(*op.body, all, all);
  const std::vector<Type> types = step.f->parameter_types();
  auto condition = make_function(op.condition->name, types, [&](std::span<const Value> p) {
    return std::vector<Value>{any(inline_call(*holds.f, p)[0])};
  });
  auto body = make_function(op.body->name, types, [&](std::span<const Value> p) {
    const Value goes_on = inline_call(*holds.f, p)[0];
    std::vector<Value> next = inline_call(*step.f, p);
    for (std::size_t k = 0; k < states; ++k) next[k] = chosen(goes_on, next[k], p[k]);
    return next;
  });
  return {condition, body, op.bound, op.cap};
}

std::vector<Mapped> while_of(Examples& examples, const While& op, std::span<const Mapped> in) {
  const std::vector<char> marks = settled_marks(examples, *op.body, marks_of(in), in.size());
  const MappedFunction condition = examples.function(*op.condition, marks);
  std::vector<Value> args;
  for (std::size_t k = 0; k < in.size(); ++k)
    args.push_back(marks[k] || condition.batched[0] ? examples.repeated(in[k]) : in[k].value);
  if (condition.batched[0])
    return examples.all_batched(examples.builder().apply(make_op(while_any(examples, op)), args));
  const MappedFunction body = examples.function(*op.body, marks, marks);
  return with_marks(examples.builder().apply(make_op(While{condition.f, body.f, op.bound, op.cap}), args), marks);
}

/// Sequences and stacked results have their examples behind the steps.
std::vector<Mapped> scan_of(Examples& examples, const ScanLoop& op, std::span<const Mapped> in) {
  const auto states = static_cast<std::size_t>(op.carried), first = states + static_cast<std::size_t>(op.sequences);
  const std::vector<char> marks = settled_marks(examples, *op.body, marks_of(in), states);
  std::vector<char> force(marks.begin(), marks.begin() + op.carried);
  force.resize(op.body->results.size(), 0);
  const MappedFunction body = examples.function(*op.body, marks, force);
  std::vector<Value> args;
  for (std::size_t k = 0; k < in.size(); ++k) {
    const bool sequence = k >= states && k < first;
    if (sequence && marks[k])
      args.push_back(examples.moved(in[k].value, 0, 1));
    else
      args.push_back(marks[k] ? examples.repeated(in[k]) : in[k].value);
  }
  const ScanLoop loop{body.f, op.carried, op.sequences, op.length, op.reverse};
  std::vector<Mapped> out = with_marks(examples.builder().apply(make_op(loop), args), body.batched);
  for (std::size_t k = states; k < out.size(); ++k)
    if (out[k].batched) out[k].value = examples.moved(out[k].value, 1, 0);
  return out;
}

std::vector<Mapped> checkpoint_of(Examples& examples, const Checkpoint& op, std::span<const Mapped> in) {
  const MappedFunction f = examples.function(*op.function, marks_of(in));
  std::vector<Value> args;
  for (const Mapped& x : in) args.push_back(x.value);
  return with_marks(examples.builder().apply(make_op(Checkpoint{f.f}), args), f.batched);
}

}  // namespace

std::optional<std::vector<Mapped>> Examples::control(const Op& op, std::span<const Mapped> in) {
  if (const If* branches = get_if<If>(op)) return if_of(*this, *branches, in);
  if (const While* loop = get_if<While>(op)) return while_of(*this, *loop, in);
  if (const ScanLoop* loop = get_if<ScanLoop>(op)) return scan_of(*this, *loop, in);
  if (const Checkpoint* inner = get_if<Checkpoint>(op)) return checkpoint_of(*this, *inner, in);
  return {};
}

}  // namespace tenon
