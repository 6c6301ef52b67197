#include "autodiff/vmap.h"

#include <algorithm>

#include "autodiff/examples.h"
#include "autodiff/forward.h"
#include "expr/analyse.h"
#include "expr/examples.h"
#include "expr/gradient.h"
#include "ir/walk.h"
#include "op/control/custom_gradient.h"
#include "op/control/scan.h"
#include "op/formula.h"
#include "op/functions.h"

namespace tenon {

std::vector<char> marks_of(std::span<const Mapped> in) {
  std::vector<char> marks;
  for (const Mapped& x : in) marks.push_back(x.batched);
  return marks;
}

Type Examples::type_of_all(Type one) const {
  one.shape.insert(one.shape.begin(), n_);
  return one;
}

Value Examples::repeated(const Mapped& x) {
  if (x.batched) return x.value;
  return builder_.apply1(make_op(Broadcast{type_of_all(x.value.type()).shape}), {x.value});
}

Value Examples::moved(const Value& x, i64 from, i64 to) {
  if (from == to) return x;
  Ints order;
  for (i64 d = 0; d < x.rank(); ++d)
    if (d != from) order.push_back(d);
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(to), from);
  return builder_.apply1(make_op(Transpose{order}), {x});
}

std::vector<Mapped> Examples::all_batched(const Values& outputs) const {
  std::vector<Mapped> list;
  for (const Value& v : outputs) list.push_back({v, true});
  return list;
}

std::vector<Mapped> Examples::substitute(std::span<const Value> roots, std::span<const Value> from,
                                         std::span<const Mapped> to) {
  std::unordered_map<Value, Mapped, ValueHash> known;
  for (std::size_t k = 0; k < from.size(); ++k) known[from[k]] = to[k];
  const auto mapped = [&](const Value& v) {
    const auto it = known.find(v);
    return it == known.end() ? Mapped{v} : it->second;
  };
  const Walk walk(roots);
  for (Node* node : walk.nodes()) {
    if (node->is_parameter() || node->is_settled()) continue;
    std::vector<Mapped> in;
    bool changed = false, batched = false;
    for (const Value& v : node->args()) {
      in.push_back(mapped(v));
      changed |= !(in.back().value == v);
      batched |= in.back().batched;
    }
    if (!changed) continue;
    std::vector<Mapped> out;
    if (batched) {
      out = apply(*node, in);
    } else {
      std::vector<Value> args;
      for (const Mapped& x : in) args.push_back(x.value);
      for (const Value& v : builder_.apply(node->op_ref(), args)) out.push_back({v});
    }
    for (std::size_t k = 0; k < out.size(); ++k) {
      const Type& before = node->types()[k];
      const Type expected = out[k].batched ? type_of_all(before) : before;
      if (out[k].value.type() != expected)
        throw InternalError(fmt::format("{}: output {} for all examples is {}, expected {}", node->op().name(), k,
                                        out[k].value.type(), expected));
      known[Value(node->ref(), static_cast<std::int32_t>(k))] = out[k];
    }
  }
  std::vector<Mapped> results;
  for (const Value& v : roots) results.push_back(mapped(v));
  return results;
}

MappedFunction Examples::function(const Function& f, std::span<const char> batched, std::span<const char> force) {
  Function g{f.name + "_of_examples", {}, {}};
  std::vector<Mapped> parameters;
  for (std::size_t k = 0; k < f.parameters.size(); ++k) {
    const Type& one = f.parameters[k].type();
    g.parameters.emplace_back(Node::parameter(batched[k] ? type_of_all(one) : one), 0);
    parameters.push_back({g.parameters.back(), batched[k] != 0});
  }
  MappedFunction result;
  const std::vector<Mapped> out = substitute(f.results, f.parameters, parameters);
  for (std::size_t k = 0; k < out.size(); ++k) {
    const bool all = out[k].batched || (!force.empty() && force[k]);
    g.results.push_back(all ? repeated(out[k]) : out[k].value);
    result.batched.push_back(all);
  }
  result.f = std::make_shared<const Function>(std::move(g));
  return result;
}

std::vector<Mapped> Examples::apply(const Node& node, std::span<const Mapped> in) {
  const Op& op = node.op();
  for (const Value& v : node.args())
    require(v.type().is_dense() || is_form(v.type(), Composite::Form::Token),
            "vmap: {} takes a {}, which cannot be one of many examples; keep it outside", op.name(), v.type());
  if (auto out = control(op, in)) return std::move(*out);
  if (auto out = special(op, in)) return std::move(*out);
  if (op.has_define()) return by_formula(node, in);
  const bool differentiable =
      std::ranges::any_of(node.types(), has_tangent) && std::ranges::any_of(node.args(), has_tangent, &Value::type);
  if (op.has_expand()) return op.has_vjp() && differentiable ? with_own_gradient(node, in) : by_expansion(op, in);
  return one_by_one(node, in);
}

namespace {

/// The same operator broadcasts over a first dimension by itself.
bool broadcasts_by_itself(const Node& node, std::span<const Mapped> in) {
  if (!node.op().traits().elementwise) return false;
  for (const Field& field : node.op().fields())
    if (field.name == "axis") return false;
  i64 rank = 0;
  for (const Value& v : node.args()) rank = std::max(rank, v.rank());
  for (std::size_t k = 0; k < in.size(); ++k)
    if (in[k].batched && node.args()[k].rank() != rank) return false;
  return true;
}

}  // namespace

std::vector<Mapped> Examples::by_formula(const Node& node, std::span<const Mapped> in) {
  std::vector<Type> types;
  std::vector<Value> args;
  for (std::size_t k = 0; k < in.size(); ++k) {
    types.push_back(node.args()[k].type());
    args.push_back(in[k].value);
  }
  if (broadcasts_by_itself(node, in)) return all_batched(builder_.apply(node.op_ref(), args));
  const expr::Expr e = node.op().define(types);
  std::vector<std::int32_t> number;
  std::vector<Value> read;
  std::vector<char> marks;
  bool depends = false;
  for (std::size_t k = 0; k < in.size(); ++k) {
    number.push_back(-1);
    if (!expr::reads_operand(e, static_cast<std::int32_t>(k))) continue;
    number.back() = static_cast<std::int32_t>(read.size());
    read.push_back(args[k]);
    marks.push_back(in[k].batched);
    depends |= in[k].batched;
  }
  const Formula* formula = get_if<Formula>(node.op());
  const std::string label = formula ? formula->label : std::string(node.op().name());
  const expr::Expr one = expr::renumber_operands(e, number);
  if (!depends) return {{builder_.apply(make_op(Formula{one, label}), read)[0]}};
  return {{builder_.apply(make_op(Formula{expr::for_examples(one, marks, n_), label}), read)[0], true}};
}

std::vector<Mapped> Examples::by_expansion(const Op& op, std::span<const Mapped> in) {
  std::vector<Value> operands, from;
  std::vector<Mapped> to;
  for (const Mapped& x : in) {
    const Operand seen = operand_of(x.value);
    if (!x.batched && (seen.constant != nullptr || seen.extents != nullptr)) {
      operands.push_back(x.value);  // an expansion may look at what is known
      continue;
    }
    Type one = x.value.type();
    if (x.batched) one.shape.erase(one.shape.begin());
    operands.emplace_back(Node::parameter(one), 0);
    from.push_back(operands.back());
    to.push_back(x);
  }
  return substitute(op.expand(builder_, operands), from, to);
}

/// The expansion beside the operator's own gradient, both for all examples. The gradient of an operand that they share
/// is the sum of theirs.
std::vector<Mapped> Examples::with_own_gradient(const Node& node, std::span<const Mapped> in) {
  const Op& op = node.op();
  std::vector<Type> operands, all;
  for (const Value& v : node.args()) operands.push_back(v.type());
  const auto outputs = static_cast<std::size_t>(node.outputs());
  std::vector<char> marks = marks_of(in);
  const auto plain = make_function(std::string(op.name()), operands, [&](std::span<const Value> p) {
    const Values out = op.expand(builder_, p);
    return std::vector<Value>(out.begin(), out.end());
  });
  all = operands;
  all.insert(all.end(), node.types().begin(), node.types().end());
  for (const Type& t : node.types())
    if (has_tangent(t)) all.push_back(t);
  const auto gradient = make_function(std::string(op.name()) + "_gradient", all, [&](std::span<const Value> p) {
    Values incoming(outputs);
    for (std::size_t k = 0, next = operands.size() + outputs; k < outputs; ++k)
      if (has_tangent(node.types()[k])) incoming[k] = p[next++];
    const Values given = op.vjp(builder_, p.first(operands.size()), p.subspan(operands.size(), outputs), incoming);
    std::vector<Value> grads;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      if (!has_tangent(operands[k])) continue;
      const Type& t = operands[k];
      grads.push_back(given[k].defined() ? given[k] : builder_.apply1(make_op(Full{0, t.dtype, t.shape}), {}));
    }
    return grads;
  });
  const std::vector<char> everything(all.size(), 1);
  const MappedFunction forward = function(*plain, marks, everything);
  std::vector<char> of_gradient = marks;
  of_gradient.resize(all.size(), 1);
  const MappedFunction back = function(*gradient, of_gradient, everything);
  const auto summed = make_function(gradient->name, back.f->parameter_types(), [&](std::span<const Value> p) {
    std::vector<Value> grads = inline_call(*back.f, p);
    for (std::size_t k = 0, next = 0; k < operands.size(); ++k) {
      if (!has_tangent(operands[k])) continue;
      if (!marks[k]) grads[next] = sum(grads[next], {0});
      ++next;
    }
    return grads;
  });
  std::vector<Value> args;
  for (const Mapped& x : in) args.push_back(x.value);
  return all_batched(builder_.apply(make_op(CustomGradient{forward.f, summed}), args));
}

/// A scan over the examples.
std::vector<Mapped> Examples::one_by_one(const Node& node, std::span<const Mapped> in) {
  const Op& op = node.op();
  for (const Type& t : node.types())
    require(t.is_dense() && !op.traits().sized_by_data,
            "vmap: {} gives a {}, which cannot be stacked over examples; keep it outside, or loop over the examples",
            op.name(), t);
  std::vector<Type> types;
  std::vector<Value> args;
  std::vector<std::size_t> at;
  for (const bool batched : {true, false})
    for (std::size_t k = 0; k < in.size(); ++k) {
      if (in[k].batched != batched) continue;
      types.push_back(node.args()[k].type());
      args.push_back(in[k].value);
      at.push_back(k);
    }
  const auto body = make_function(std::string(op.name()), types, [&](std::span<const Value> p) {
    std::vector<Value> operands(p.size());
    for (std::size_t k = 0; k < p.size(); ++k) operands[at[k]] = p[k];
    const Values out = builder_.apply(node.op_ref(), operands);
    return std::vector<Value>(out.begin(), out.end());
  });
  const auto sequences = static_cast<i64>(std::ranges::count_if(in, &Mapped::batched));
  return all_batched(builder_.apply(make_op(ScanLoop{body, 0, sequences, 0, false}), args));
}

Function vmap(const Function& f, Dim n, std::span<const ExampleAxis> in_axes, std::span<const ExampleAxis> out_axes) {
  require(in_axes.size() == f.parameters.size(), "vmap: {} axes for the {} arguments of {}", in_axes.size(),
          f.parameters.size(), f.name);
  require(out_axes.size() == f.results.size(), "vmap: {} axes for the {} results of {}", out_axes.size(),
          f.results.size(), f.name);
  Examples examples(n);
  Function g{f.name + "_of_examples", {}, {}};
  std::vector<Mapped> parameters;
  const auto place = [](i64 axis, const Type& one, std::string_view what, std::size_t k) {
    const i64 rank = one.rank() + 1;
    require(axis >= -rank && axis < rank,
            "vmap: axis {} of {} {} is out of range; with its examples it has {} dimensions", axis, what, k, rank);
    return normal_axis(axis, rank);
  };
  for (std::size_t k = 0; k < in_axes.size(); ++k) {
    Type type = f.parameters[k].type();
    const i64 axis = in_axes[k] ? place(*in_axes[k], type, "argument", k) : 0;
    if (in_axes[k]) type.shape.insert(type.shape.begin() + static_cast<std::ptrdiff_t>(axis), n);
    const Value p(Node::parameter(type, f.parameters[k].node()->name()), 0);
    g.parameters.push_back(p);
    parameters.push_back(in_axes[k] ? Mapped{examples.moved(p, axis, 0), true} : Mapped{p});
  }
  const std::vector<Mapped> results = examples.substitute(f.results, f.parameters, parameters);
  for (std::size_t k = 0; k < results.size(); ++k) {
    if (!out_axes[k]) {
      require(!results[k].batched, "vmap: result {} differs between examples, so it needs an axis for them", k);
      g.results.push_back(results[k].value);
      continue;
    }
    const i64 axis = place(*out_axes[k], f.results[k].type(), "result", k);
    g.results.push_back(examples.moved(examples.repeated(results[k]), 0, axis));
  }
  return g;
}

}  // namespace tenon
