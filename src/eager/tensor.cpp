#include "eager/tensor.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "compile/executable.h"
#include "eager/evaluate.h"
#include "eager/trace.h"
#include "interpret/interpret.h"
#include "op/math/stop_gradient.h"

namespace tenon {

namespace {

bool& immediate_flag() {
  static bool on = [] {
    const char* mode = std::getenv("TENON_EAGER");
    return mode && std::string_view(mode) == "immediate";
  }();
  return on;
}

}  // namespace

Tensor::Tensor(Array data) : value_(Node::leaf(std::move(data)), 0) {}

Tensor Tensor::scalar(double number, DType dtype) { return Tensor(Array::scalar(Number(number), dtype)); }
Tensor Tensor::zeros(Shape shape, DType dtype) { return Tensor(Array::full({dtype, std::move(shape)}, Number(0.0))); }
Tensor Tensor::ones(Shape shape, DType dtype) { return Tensor(Array::full({dtype, std::move(shape)}, Number(1.0))); }

Tensor& Tensor::track() {
  require(is_float(dtype()), "track: gradients exist for floats, this tensor is {}", type());
  value_.node()->track();
  return *this;
}

Tensor Tensor::detach() const {
  if (evaluated()) return Tensor(data());
  return apply_op(make_op(StopGradient{}), {this, 1});
}

const Tensor& Tensor::eval() const {
  require(defined(), "this tensor has never been given a value");
  if (!evaluated()) evaluate({value_});
  return *this;
}

const Array& Tensor::data() const { return eval().value_.node()->result(value_.output()); }

double Tensor::item() const {
  require(count() == 1, "item: a tensor with one element is needed, this one is {}", type());
  return data().at(0).as_double();
}

void eval(std::span<const Tensor> tensors) {
  std::vector<Value> roots;
  for (const Tensor& t : tensors) {
    require(t.defined(), "eval: a tensor has never been given a value");
    roots.push_back(t.value());
  }
  evaluate(std::move(roots));
}
void eval(std::initializer_list<Tensor> tensors) { eval(std::span<const Tensor>(tensors.begin(), tensors.size())); }

std::string to_string(const Tensor& t) { return to_string(t.data()); }

namespace {

/// Where the size of a result depends on data, it is computed when it is written.
std::vector<Tensor> results_now(const NodeRef& node, std::span<const Tensor> args) {
  std::vector<Array> inputs;
  Function f{std::string(node->op().name()), {}, {}};
  std::vector<Value> parameters;
  for (const Tensor& t : args) {
    inputs.push_back(t.data());
    f.parameters.emplace_back(Node::parameter(t.type()), 0);
  }
  Builder builder;
  for (Value& v : builder.apply(node->op_ref(), f.parameters)) f.results.push_back(std::move(v));
  SmallVector<Array, 1> results;
  for (Array& a : executable(f)->run(inputs)) results.push_back(std::move(a));
  const NodeRef done = Node::settled(*node, std::move(results));
  std::vector<Tensor> outputs;
  for (std::size_t k = 0; k < done->outputs(); ++k) outputs.emplace_back(Value(done, static_cast<std::int32_t>(k)));
  return outputs;
}

}  // namespace

std::vector<Tensor> apply_outputs(OpRef op, std::span<const Tensor> args) {
  SmallVector<Value, 3> values;
  for (const Tensor& t : args) values.push_back(t.value());
  NodeRef node = Node::make(std::move(op), std::move(values));
  const bool sized = std::ranges::any_of(node->types(), [](const Type& t) { return t.is_dense() && !is_concrete(t); });
  if (sized && !Tracing::active()) return results_now(node, args);
  if (immediate() && !Tracing::active()) {
    std::vector<Array> inputs;
    for (const Tensor& t : args) inputs.push_back(t.data());
    std::vector<Array> results = interpret(node->op(), inputs);
    node->settle({results.begin(), results.end()});
  }
  std::vector<Tensor> outputs;
  for (std::size_t k = 0; k < node->outputs(); ++k) outputs.emplace_back(Value(node, static_cast<std::int32_t>(k)));
  return outputs;
}

Tensor apply_op(OpRef op, std::span<const Tensor> args) { return apply_outputs(std::move(op), args)[0]; }

Tensor lift(double number, const Tensor& like) { return Tensor::scalar(number, like.dtype()); }

void set_immediate(bool on) { immediate_flag() = on; }
bool immediate() { return immediate_flag(); }

}  // namespace tenon
