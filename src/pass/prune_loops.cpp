#include <algorithm>

#include "ir/walk.h"
#include "op/control/scan.h"
#include "op/control/while.h"
#include "op/shape/full.h"
#include "pass/pass.h"

namespace tenon {

namespace {

using Flags = std::vector<char>;

/// Which parameters the given results of a function depend on.
Flags parameters_read(const Function& f, const std::vector<Value>& results) {
  const Walk walk(results);
  Flags read;
  for (const Value& p : f.parameters) read.push_back(walk.position(p.node().get()) >= 0);
  return read;
}

template <class T>
std::vector<T> kept(const std::vector<T>& all, const Flags& keep) {
  std::vector<T> list;
  for (std::size_t k = 0; k < all.size(); ++k)
    if (keep[k]) list.push_back(all[k]);
  return list;
}

std::ptrdiff_t count(const Flags& flags) {
  return std::ranges::count_if(flags, [](char c) { return c != 0; });
}

/// Which outputs of each node are read.
class Uses {
 public:
  explicit Uses(const Function& f) {
    for (const Node* n : topological(f.results))
      for (const Value& v : n->args()) add(v);
    for (const Value& v : f.results) add(v);
  }
  Flags of(const Node& n) const {
    const Flags* flags = uses_.find(&n);
    return flags != nullptr ? *flags : Flags(n.outputs(), 0);
  }

 private:
  void add(const Value& v) {
    Flags& flags = uses_[v.node().get()];
    flags.resize(v.node()->outputs(), 0);
    flags[static_cast<std::size_t>(v.output())] = 1;
  }
  NodeMap<Flags> uses_;
};

/// The states that what is read depends on; `needed` begins with the results that are read.
Flags live_results(const Function& body, std::size_t states, Flags needed) {
  for (bool grown = true; grown;) {
    grown = false;
    const Flags read = parameters_read(body, kept(body.results, needed));
    for (std::size_t k = 0; k < states; ++k)
      if (read[k] && !needed[k]) needed[k] = grown = true;
  }
  return needed;
}

/// In place of an output that nothing reads.
Value unread(const Type& t) { return {Node::make(make_op(Full{0, t.dtype, t.shape}), {}), 0}; }

/// The outputs of `smaller`, which has those that are kept, in their places.
Values in_places(const Node& n, const NodeRef& smaller, const Flags& keep) {
  Values outputs;
  std::int32_t next = 0;
  for (std::size_t k = 0; k < n.outputs(); ++k)
    outputs.push_back(keep[k] ? Value(smaller, next++) : unread(n.types()[k]));
  return outputs;
}

bool are_dense(const Node& n) {
  return std::ranges::all_of(n.types(), [](const Type& t) { return t.is_dense() && t.dtype != DType::Str; });
}

Values pruned_scan(const Node& n, const ScanLoop& op, std::span<const Value> args, const Flags& used,
                   Remarks& remarks) {
  const auto states = static_cast<std::size_t>(op.carried), sequences = static_cast<std::size_t>(op.sequences);
  const Flags live = live_results(*op.body, states, used);
  Flags operands = parameters_read(*op.body, kept(op.body->results, live));
  for (std::size_t k = 0; k < states; ++k) operands[k] = live[k];
  Flags reads_sequence(operands.begin() + op.carried, operands.begin() + op.carried + op.sequences);
  if (sequences > 0 && count(reads_sequence) == 0) operands[states] = 1;  // it says how many steps there are
  if (count(live) == 0 || (count(live) == static_cast<std::ptrdiff_t>(live.size()) &&
                           count(operands) == static_cast<std::ptrdiff_t>(operands.size())))
    return {};
  ScanLoop smaller = op;
  smaller.body = std::make_shared<const Function>(
      Function{op.body->name, kept(op.body->parameters, operands), kept(op.body->results, live)});
  smaller.carried = count(Flags(operands.begin(), operands.begin() + op.carried));
  smaller.sequences = count(Flags(operands.begin() + op.carried, operands.begin() + op.carried + op.sequences));
  const auto left = kept(std::vector<Value>(args.begin(), args.end()), operands);
  remarks.did_to(n, "what nothing reads is not carried, stacked or passed");
  return in_places(n, Node::make(make_op(std::move(smaller)), SmallVector<Value, 3>(left.begin(), left.end())), live);
}

Values pruned_while(const Node& n, const While& op, std::span<const Value> args, const Flags& used, Remarks& remarks) {
  Flags wanted = used;
  const Flags tested = parameters_read(*op.condition, op.condition->results);
  for (std::size_t k = 0; k < wanted.size(); ++k) wanted[k] = wanted[k] || tested[k];
  const Flags live = live_results(*op.body, wanted.size(), wanted);
  if (count(live) == 0 || count(live) == static_cast<std::ptrdiff_t>(live.size())) return {};
  While smaller = op;
  smaller.condition = std::make_shared<const Function>(
      Function{op.condition->name, kept(op.condition->parameters, live), op.condition->results});
  smaller.body = std::make_shared<const Function>(
      Function{op.body->name, kept(op.body->parameters, live), kept(op.body->results, live)});
  const auto left = kept(std::vector<Value>(args.begin(), args.end()), live);
  remarks.did_to(n, "what nothing reads is not carried");
  return in_places(n, Node::make(make_op(std::move(smaller)), SmallVector<Value, 3>(left.begin(), left.end())), live);
}

}  // namespace

Function prune_loops(const Function& f, Remarks& remarks) {
  const Uses uses(f);
  return rebuild(f, [&](const Node& n, std::span<const Value> args) -> Values {
    const ScanLoop* scan = get_if<ScanLoop>(n.op());
    const While* loop = get_if<While>(n.op());
    if ((scan == nullptr && loop == nullptr) || !are_dense(n)) return {};
    return scan != nullptr ? pruned_scan(n, *scan, args, uses.of(n), remarks)
                           : pruned_while(n, *loop, args, uses.of(n), remarks);
  });
}

}  // namespace tenon
