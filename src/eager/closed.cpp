#include "eager/closed.h"

#include <algorithm>

#include "eager/trace.h"
#include "ir/walk.h"
#include "op/op.h"
#include "op/shape/constant.h"

namespace tenon {

namespace {

/// Copies what depends on placeholders; other values become parameters.
class Closing {
 public:
  Closing(Closed& closed, std::span<const Value> roots) : closed_(closed), walk_(roots) {}

  void run(std::span<const Value> placeholders, std::span<const Value> roots) {
    for (const Value& p : placeholders) closed_.f.parameters.push_back(copies_[p.node().get()].emplace_back(p));
    for (Node* n : walk_.nodes())
      if (!n->is_parameter() && !n->is_settled() &&
          std::ranges::any_of(n->args(), [&](const Value& v) { return copies_.find(v.node().get()) != nullptr; }))
        copy(*n);
    for (const Value& r : roots) closed_.f.results.push_back(inside(r));
  }

 private:
  void copy(const Node& n) {
    SmallVector<Value, 3> args;
    for (const Value& v : n.args()) args.push_back(inside(v));
    const NodeRef made = Node::make(n.op_ref(), std::move(args));
    Values outputs;
    for (std::size_t k = 0; k < made->outputs(); ++k) outputs.push_back({made, static_cast<std::int32_t>(k)});
    copies_[&n] = std::move(outputs);
  }

  Value inside(const Value& v) {
    if (const Values* known = copies_.find(v.node().get())) return (*known)[static_cast<std::size_t>(v.output())];
    for (std::size_t k = 0; k < closed_.captured.size(); ++k)
      if (closed_.captured[k] == v) return closed_.f.parameters[closed_.args + k];
    const Node& n = *v.node();
    if (!n.is_parameter() && !n.is_settled() && n.op().traits().leaf) return v;
    if (const Shape* extents = operand_of(v).extents; extents != nullptr && is_concrete(*extents)) {
      Array elements(v.type());  // operators may look at it while they are made
      for (std::size_t k = 0; k < extents->size(); ++k)
        elements.set(static_cast<i64>(k), Number::of_int((*extents)[k].value()));
      Builder builder;
      return builder.apply1(make_op(Constant{elements}), {});
    }
    closed_.captured.push_back(v);
    return closed_.f.parameters.emplace_back(Node::parameter(v.type(), n.name()), 0);
  }

  Closed& closed_;
  Walk walk_;
  NodeMap<Values> copies_;
};

}  // namespace

std::vector<Value> Closed::operands(std::span<const Tensor> arguments) const {
  std::vector<Value> values;
  for (const Tensor& t : arguments) values.push_back(t.value());
  values.insert(values.end(), captured.begin(), captured.end());
  return values;
}

void Closed::require_no_state(std::string_view name) const {
  require(set.empty(),
          "{}: the function sets parameter {} from its arguments; give the value as a result and set it outside", name,
          set.empty() ? "" : set[0].name());
}

Closed close_over(std::string_view name, const TensorFunction& f, std::span<const Tensor> args) {
  Closed closed{Function{std::string(name), {}, {}}, args.size(), 0, {}, {}};
  std::vector<Value> placeholders, roots;
  std::vector<Tensor> inner;
  for (const Tensor& a : args) {
    placeholders.emplace_back(Node::parameter(a.type()), 0);
    inner.emplace_back(placeholders.back());
  }
  std::vector<std::pair<Parameter, Tensor>> set;
  {
    Tracing tracing;
    Parameter::Changes changes;
    for (const Tensor& r : f(inner)) {
      require(r.defined(), "{}: result {} of the function has never been given a value", name, roots.size());
      roots.push_back(r.value());
    }
    require(!Tracing::last_effect().defined(),
            "{}: the function prints or calls a host function in order; do that outside of it", name);
    for (const Parameter& p : changes.set_parameters()) set.emplace_back(p, p.value());
  }
  closed.results = roots.size();
  for (auto& [p, value] : set) {
    const Walk walk({&value.value(), 1});
    const bool inside =
        std::ranges::any_of(placeholders, [&](const Value& v) { return walk.position(v.node().get()) >= 0; });
    if (!inside) {
      p.set(value);
      continue;
    }
    closed.set.push_back(p);
    roots.push_back(value.value());
  }
  Closing(closed, roots).run(placeholders, roots);
  return closed;
}

}  // namespace tenon
