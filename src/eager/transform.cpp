#include "eager/transform.h"

#include <algorithm>

#include "autodiff/forward.h"
#include "autodiff/reverse.h"
#include "eager/closed.h"
#include "op/functions.h"

namespace tenon {

namespace {

std::span<const Tensor> span_of(const std::initializer_list<Tensor>& list) { return {list.begin(), list.size()}; }

std::vector<Tensor> tensors_of(std::span<const Value> values) {
  std::vector<Tensor> list;
  for (const Value& v : values) list.push_back(v.defined() ? Tensor(v) : Tensor());
  return list;
}

std::vector<Value> values_of(std::span<const Tensor> tensors) {
  std::vector<Value> list;
  for (const Tensor& t : tensors) list.push_back(t.value());
  return list;
}

/// The same values, which depend on each other through nothing, and through which a derivative finds its way however
/// much is read in between.
std::vector<Tensor> apart(std::string_view name, std::span<const Tensor> args) {
  require(!args.empty(), "{}: there are no arguments to differentiate by", name);
  std::vector<Tensor> copies = barrier(std::vector<Tensor>(args.begin(), args.end()));
  for (Tensor& t : copies)
    if (has_tangent(t.type())) t.track();
  return copies;
}

void require_directions(std::string_view name, std::span<const Tensor> args, std::span<const Tensor> directions) {
  require(args.size() == directions.size(), "{}: {} directions for {} arguments", name, directions.size(), args.size());
  for (std::size_t k = 0; k < args.size(); ++k) {
    if (!directions[k].defined()) continue;
    require(has_tangent(args[k].type()), "{}: argument {} is {}, which has no direction; expected a float tensor", name,
            k, args[k].type());
    require(directions[k].type() == args[k].type(), "{}: direction {} is {}, expected the type of its argument, {}",
            name, k, directions[k].type(), args[k].type());
  }
}

Tensor zeros_like(const Type& t) { return full<Tensor>(t.shape, 0, t.dtype); }

/// The unit vectors of a space of tensors: [elements, shape…].
Value unit_vectors(const Type& t) {
  const i64 n = element_count(t.shape);
  Shape shape = t.shape;
  shape.insert(shape.begin(), n);
  return reshape(eye<Value>(n, n, 0, t.dtype), shape);
}

/// The parameters of a closed function that stand for its arguments.
std::vector<Value> arguments_of(const Closed& closed) {
  return {closed.f.parameters.begin(), closed.f.parameters.begin() + static_cast<std::ptrdiff_t>(closed.args)};
}

/// A function for n values of its last parameter, all of whose results have them first.
Function for_last_parameter(const Function& f, i64 n) {
  std::vector<ExampleAxis> in(f.parameters.size());
  in.back() = 0;
  return vmap(f, n, in, std::vector<ExampleAxis>(f.results.size(), 0));
}

/// [n, shape…] -> [shape…, n], as a tensor of the given shape.
Value behind(const Value& x, const Shape& shape) {
  Ints order;
  for (i64 d = 1; d < x.rank(); ++d) order.push_back(d);
  order.push_back(0);
  return reshape(transpose(x, order), shape);
}

using Table = std::vector<std::vector<Tensor>>;

Shape joined(const Shape& a, const Shape& b) {
  Shape s = a;
  for (const Dim& d : b) s.push_back(d);
  return s;
}

void require_floats(std::string_view name, std::string_view what, std::span<const Value> values) {
  for (std::size_t k = 0; k < values.size(); ++k)
    require(has_tangent(values[k].type()), "{}: {} {} is {}, expected a float tensor", name, what, k, values[k].type());
}

/// Column by column: f moves along each unit vector of each argument.
Table forward_jacobian(const Closed& closed, std::span<const Tensor> args) {
  const std::vector<Value> operands = closed.operands(args);
  Table table(closed.f.results.size());
  for (std::size_t j = 0; j < closed.args; ++j) {
    const Type& by = args[j].type();
    Function moved = jvp(closed.f, std::vector<std::size_t>{j});
    moved.results.erase(moved.results.begin(),
                        moved.results.begin() + static_cast<std::ptrdiff_t>(closed.f.results.size()));
    std::vector<Value> in = operands;
    in.push_back(unit_vectors(by));
    const auto columns = inline_call(for_last_parameter(moved, element_count(by.shape)), in);
    for (std::size_t i = 0; i < columns.size(); ++i)
      table[i].emplace_back(behind(columns[i], joined(closed.f.results[i].shape(), by.shape)));
  }
  return table;
}

/// Row by row: each unit vector of each result is pulled back.
Table reverse_jacobian(const Closed& closed, std::span<const Tensor> args) {
  const std::vector<Value> operands = closed.operands(args), wrt = arguments_of(closed);
  Table table;
  for (const Value& result : closed.f.results) {
    const Type& of = result.type();
    Function pulled{"pulled", closed.f.parameters, {}};
    const Value seed = pulled.parameters.emplace_back(Node::parameter(of), 0);
    pulled.results = gradients(result, wrt, seed);
    std::vector<Value> in = operands;
    in.push_back(unit_vectors(of));
    const auto rows = inline_call(for_last_parameter(pulled, element_count(of.shape)), in);
    auto& line = table.emplace_back();
    for (std::size_t j = 0; j < rows.size(); ++j)
      line.emplace_back(reshape(rows[j], joined(of.shape, args[j].shape())));
  }
  return table;
}

i64 elements_of(std::span<const Value> values) {
  i64 n = 0;
  for (const Value& v : values) n += element_count(v.shape());
  return n;
}

/// The gradients of a function with one result of one element, as a closed function.
Closed gradient_of(std::string_view name, const TensorFunction& f, std::span<const Tensor> args) {
  Closed closed = close_over(name, f, args);
  closed.require_no_state(name);
  require(closed.f.results.size() == 1, "{}: the function gives {} results, expected one", name,
          closed.f.results.size());
  const std::vector<Value> wrt = arguments_of(closed);
  require_floats(name, "argument", wrt);
  closed.f.results = gradients(closed.f.results[0], wrt);
  closed.results = closed.f.results.size();
  return closed;
}

/// Results of a closed function, of which those behind the first ones are new values of parameters.
std::vector<Tensor> with_state_set(Closed& closed, const std::vector<Value>& outputs) {
  for (std::size_t k = 0; k < closed.set.size(); ++k) closed.set[k].set(Tensor(outputs[closed.results + k]));
  return tensors_of(std::span(outputs).first(closed.results));
}

}  // namespace

Pushed jvp(const TensorFunction& f, std::span<const Tensor> args, std::span<const Tensor> directions) {
  require_directions("jvp", args, directions);
  const std::vector<Tensor> inner = apart("jvp", args);
  std::vector<Value> wrt, along;
  for (std::size_t k = 0; k < args.size(); ++k) {
    if (!directions[k].defined()) continue;
    wrt.push_back(inner[k].value());
    along.push_back(directions[k].value());
  }
  const Tangents both = tangents(values_of(f(inner)), wrt, along);
  Pushed result{tensors_of(both.values), tensors_of(both.tangents)};
  for (std::size_t k = 0; k < both.values.size(); ++k)
    if (const Type& t = both.values[k].type(); !both.tangents[k].defined() && has_tangent(t))
      result.tangents[k] = zeros_like(t);
  return result;
}
Pushed jvp(const TensorFunction& f, std::initializer_list<Tensor> args, std::initializer_list<Tensor> directions) {
  return jvp(f, span_of(args), span_of(directions));
}

Pulled vjp(const TensorFunction& f, std::span<const Tensor> args) {
  const std::vector<Tensor> inner = apart("vjp", args);
  const std::vector<Tensor> values = f(inner);
  auto pull_back = [inner, values](std::span<const Tensor> incoming) {
    require(incoming.size() == values.size(), "vjp: {} gradients for {} values", incoming.size(), values.size());
    std::vector<Value> roots, seeds, wrt;
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (!incoming[k].defined()) continue;
      require(has_tangent(values[k].type()), "vjp: value {} is {}, which has no gradient; leave it undefined", k,
              values[k].type());
      require(incoming[k].type() == values[k].type(), "vjp: gradient {} is {}, expected the type of the value, {}", k,
              incoming[k].type(), values[k].type());
      roots.push_back(values[k].value());
      seeds.push_back(incoming[k].value());
    }
    for (const Tensor& t : inner)
      if (has_tangent(t.type())) wrt.push_back(t.value());
    const std::vector<Value> found = gradients(roots, wrt, seeds);
    std::vector<Tensor> result;
    for (std::size_t k = 0, next = 0; k < inner.size(); ++k)
      result.push_back(has_tangent(inner[k].type()) ? Tensor(found[next++]) : Tensor());
    return result;
  };
  return {values, pull_back};
}
Pulled vjp(const TensorFunction& f, std::initializer_list<Tensor> args) { return vjp(f, span_of(args)); }

Table jacobian(const TensorFunction& f, std::span<const Tensor> args, JacobianMode mode) {
  const Closed closed = close_over("jacobian", f, args);
  closed.require_no_state("jacobian");
  const std::vector<Value> wrt = arguments_of(closed);
  require_floats("jacobian", "argument", wrt);
  require_floats("jacobian", "result", closed.f.results);
  const bool forward = mode == JacobianMode::Forward ||
                       (mode == JacobianMode::Auto && elements_of(wrt) <= elements_of(closed.f.results));
  return forward ? forward_jacobian(closed, args) : reverse_jacobian(closed, args);
}
Table jacobian(const TensorFunction& f, std::initializer_list<Tensor> args, JacobianMode mode) {
  return jacobian(f, span_of(args), mode);
}

Table hessian(const TensorFunction& f, std::span<const Tensor> args) {
  return forward_jacobian(gradient_of("hessian", f, args), args);
}
Table hessian(const TensorFunction& f, std::initializer_list<Tensor> args) { return hessian(f, span_of(args)); }

std::vector<Tensor> hvp(const TensorFunction& f, std::span<const Tensor> args, std::span<const Tensor> directions) {
  require_directions("hvp", args, directions);
  const Closed closed = gradient_of("hvp", f, args);
  std::vector<std::size_t> wrt;
  std::vector<Value> operands = closed.operands(args);
  for (std::size_t k = 0; k < args.size(); ++k) {
    if (!directions[k].defined()) continue;
    wrt.push_back(k);
    operands.push_back(directions[k].value());
  }
  const std::vector<Value> all = inline_call(jvp(closed.f, wrt), operands);
  return tensors_of(std::span(all).subspan(closed.f.results.size()));
}
std::vector<Tensor> hvp(const TensorFunction& f, std::initializer_list<Tensor> args,
                        std::initializer_list<Tensor> directions) {
  return hvp(f, span_of(args), span_of(directions));
}

namespace {

/// How many examples there are: the extent that the arguments agree on.
i64 count_of_examples(std::span<const Tensor> args, const std::vector<ExampleAxis>& axes) {
  ExampleAxis n;
  std::size_t first = 0;
  for (std::size_t k = 0; k < args.size(); ++k) {
    if (!axes[k]) continue;
    const i64 rank = args[k].rank();
    require(*axes[k] >= -rank && *axes[k] < rank, "vmap: argument {} is {}, which has no axis {} for the examples", k,
            args[k].type(), *axes[k]);
    const i64 here = args[k].dim(*axes[k]);
    require(!n || *n == here, "vmap: argument {} holds {} examples and argument {} holds {}", first, n.value_or(0), k,
            here);
    if (!n) n = here, first = k;
  }
  require(n.has_value(), "vmap: no argument has an axis of examples; expected at least one in in_axes");
  return *n;
}

}  // namespace

TensorFunction vmap(TensorFunction f, std::vector<ExampleAxis> in_axes, std::vector<ExampleAxis> out_axes) {
  return
      [f = std::move(f), in_axes = std::move(in_axes), out_axes = std::move(out_axes)](std::span<const Tensor> args) {
        std::vector<ExampleAxis> in = in_axes.empty() ? std::vector<ExampleAxis>(args.size(), 0) : in_axes;
        require(in.size() == args.size(), "vmap: {} axes for {} arguments", in.size(), args.size());
        const i64 n = count_of_examples(args, in);
        std::vector<Tensor> one;  // of the type of an example; the values do not count
        for (std::size_t k = 0; k < args.size(); ++k) {
          Type type = args[k].type();
          if (in[k])
            type.shape.erase(type.shape.begin() + static_cast<std::ptrdiff_t>(normal_axis(*in[k], type.rank())));
          one.emplace_back(Value(Node::parameter(type), 0));
        }
        const Closed closed = close_over("vmap", f, one);
        closed.require_no_state("vmap");
        in.resize(closed.f.parameters.size());
        const std::vector<ExampleAxis> out = out_axes.empty() ? std::vector<ExampleAxis>(closed.results, 0) : out_axes;
        return tensors_of(inline_call(vmap(closed.f, n, in, out), closed.operands(args)));
      };
}

TensorFunction checkpoint(TensorFunction f) {
  return [f = std::move(f)](std::span<const Tensor> args) {
    Closed closed = close_over("checkpoint", f, args);
    const auto function = std::make_shared<const Function>(closed.f);
    return with_state_set(closed, checkpoint(function, closed.operands(args)));
  };
}

TensorFunction custom_gradient(TensorFunction f, TensorFunction backward) {
  return [f = std::move(f), backward = std::move(backward)](std::span<const Tensor> args) {
    const std::string_view name = "custom_gradient";
    const Closed forward = close_over(name, f, args);
    forward.require_no_state(name);
    std::vector<Tensor> taken(args.begin(), args.end());
    std::vector<Type> gradients_in;
    for (const Value& r : forward.f.results) {
      taken.emplace_back(Value(Node::parameter(r.type()), 0));
      if (has_tangent(r.type())) gradients_in.push_back(r.type());
    }
    for (const Type& t : gradients_in) taken.emplace_back(Value(Node::parameter(t), 0));
    const Closed back = close_over(name, backward, taken);
    back.require_no_state(name);
    std::size_t floats = 0;
    for (std::size_t k = 0; k < args.size(); ++k) {
      if (!has_tangent(args[k].type())) continue;
      require(floats < back.f.results.size() && back.f.results[floats].type() == args[k].type(),
              "{}: backward gives {} for argument {}, expected {}", name,
              floats < back.f.results.size() ? to_string(back.f.results[floats].type()) : "nothing", k, args[k].type());
      ++floats;
    }
    require(floats == back.f.results.size(),
            "{}: backward gives {} gradients, expected {}, one for each float argument", name, back.f.results.size(),
            floats);

    // Both functions take the arguments and what either of them captures.
    std::vector<Value> operands = forward.operands(args);
    operands.insert(operands.end(), back.captured.begin(), back.captured.end());
    std::vector<Type> types, all;
    for (const Value& v : operands) types.push_back(v.type());
    all = types;
    for (std::size_t k = args.size(); k < taken.size(); ++k) all.push_back(taken[k].type());
    const std::size_t own = args.size() + forward.captured.size();
    const auto function =
        make_function("forward", types, [&](std::span<const Value> p) { return inline_call(forward.f, p.first(own)); });
    const auto gradient = make_function("backward", all, [&](std::span<const Value> p) {
      std::vector<Value> in(p.begin(), p.begin() + static_cast<std::ptrdiff_t>(args.size()));
      in.insert(in.end(), p.begin() + static_cast<std::ptrdiff_t>(operands.size()), p.end());
      in.insert(in.end(), p.begin() + static_cast<std::ptrdiff_t>(own),
                p.begin() + static_cast<std::ptrdiff_t>(operands.size()));
      std::vector<Value> grads = inline_call(back.f, in);
      for (std::size_t k = args.size(); k < operands.size(); ++k)
        if (const Type& t = types[k]; has_tangent(t)) grads.push_back(full<Value>(t.shape, 0, t.dtype));
      return grads;
    });
    return tensors_of(custom_gradient(function, gradient, operands));
  };
}

}  // namespace tenon
