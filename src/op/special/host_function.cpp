#include "op/special/host_function.h"

#include <array>
#include <map>
#include <mutex>

#include "base/suggest.h"
#include "op/activation/functions.h"
#include "op/math/functions.h"

namespace tenon {

namespace {

template <class F>
class Registry {
 public:
  explicit Registry(std::string kind) : kind_(std::move(kind)) {}

  void add(const std::string& name, F f) {
    require(!name.empty(), "a {} needs a name", kind_);
    std::scoped_lock lock(mutex_);
    require(functions_.emplace(name, std::move(f)).second, "a {} is already registered as '{}'", kind_, name);
  }
  const F& find(std::string_view op, const std::string& name) {
    std::scoped_lock lock(mutex_);
    auto found = functions_.find(name);
    if (found != functions_.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& [other, f] : functions_) known.push_back(other);
    fail("{}: no {} is registered as '{}'; there are: {}", op, kind_, name, listed(known));
  }

 private:
  std::string kind_;
  std::mutex mutex_;
  std::map<std::string, F> functions_;
};

/// Errors of the function, with its name.
template <class F>
auto named(std::string_view op, const std::string& function, F&& call) {
  try {
    return call();
  } catch (const Error& e) {
    fail("{}: '{}': {}", op, function, e.what());
  }
}

/// Gives its operand back.
HostFunction identity() {
  return {.infer = [](Operands in) -> Types {
            require_operands("identity", in, 1);
            return {in[0].type};
          },
          .evaluate = [](std::span<const Array> in) { return std::vector<Array>(in.begin(), in.end()); },
          .vjp = [](Builder&, std::span<const Value>, std::span<const Value>, std::span<const Value> grad) -> Values {
            return {grad[0]};
          }};
}

/// log(1 + exp(x)), whose derived gradient exp(x) / (1 + exp(x)) would overflow.
CustomFunction log1pexp() {
  return {
      .expand = [](Builder& b, std::span<const Value> in) -> Values {
        require(in.size() == 1, "log1pexp: takes 1 operand, given {}", in.size());
        return {log1p(exp(Built{&b, in[0]})).value};
      },
      .vjp = [](Builder& b, std::span<const Value> in, std::span<const Value>, std::span<const Value> grad) -> Values {
        return {(Built{&b, grad[0]} * sigmoid(Built{&b, in[0]})).value};
      }};
}

Registry<HostFunction>& host_functions() {
  static Registry<HostFunction>& registry = *[] {
    auto* r = new Registry<HostFunction>("host function");
    r->add("identity", identity());
    return r;
  }();
  return registry;
}

Registry<CustomFunction>& custom_functions() {
  static Registry<CustomFunction>& registry = *[] {
    auto* r = new Registry<CustomFunction>("custom function");
    r->add("log1pexp", log1pexp());
    return r;
  }();
  return registry;
}

dlpack::Tensor tensor_of(void* data, DType t, i64 rank, i64* shape) {
  return {data,
          {static_cast<std::int32_t>(dlpack::DeviceType::Cpu), 0},
          static_cast<std::int32_t>(rank),
          dlpack::data_type_of(t),
          shape,
          nullptr,
          0};
}

Types inferred(const ExternalFunction& f, Operands in) {
  std::vector<Ints> in_shapes;
  std::vector<dlpack::Tensor> ins, outs;
  for (const Operand& x : in) in_shapes.emplace_back(x.type.shape.begin(), x.type.shape.end());
  for (std::size_t k = 0; k < in.size(); ++k)
    ins.push_back(tensor_of(nullptr, in[k].type.dtype, in[k].type.rank(), in_shapes[k].data()));
  std::vector<std::array<i64, ExternalFunction::kMostDimensions>> shapes(static_cast<std::size_t>(f.outputs));
  for (auto& shape : shapes) outs.push_back(tensor_of(nullptr, DType::F32, 0, shape.data()));
  const std::int32_t status =
      f.infer(f.context, static_cast<std::int32_t>(ins.size()), ins.data(), f.outputs, outs.data());
  require(status == 0, "the shape rule returned {} for these operands", status);
  Types types;
  for (std::size_t k = 0; k < outs.size(); ++k) {
    const std::int32_t rank = outs[k].ndim;
    require(rank >= 0 && rank <= ExternalFunction::kMostDimensions, "the shape rule gave output {} {} dimensions", k,
            rank);
    types.push_back({dlpack::dtype_of(outs[k].dtype), Shape(shapes[k].begin(), shapes[k].begin() + rank)});
    element_count(types.back().shape);
  }
  return types;
}

std::vector<Array> evaluated(const ExternalFunction& f, std::span<const Array> in) {
  SmallVector<Operand, 3> operands;
  for (const Array& x : in) operands.push_back({x.type(), &x});
  std::vector<Array> dense, results;
  for (const Array& x : in) dense.push_back(x.to_contiguous());
  for (const Type& t : inferred(f, {operands.data(), operands.size()})) results.emplace_back(t);
  std::vector<Ints> shapes;
  std::vector<dlpack::Tensor> tensors;
  for (auto* arrays : {&dense, &results})
    for (Array& a : *arrays) shapes.emplace_back(a.shape().begin(), a.shape().end());
  for (auto* arrays : {&dense, &results})
    for (Array& a : *arrays) tensors.push_back(tensor_of(a.raw(), a.dtype(), a.rank(), shapes[tensors.size()].data()));
  const std::int32_t status = f.evaluate(f.context, static_cast<std::int32_t>(in.size()), tensors.data(), f.outputs,
                                         tensors.data() + in.size());
  require(status == 0, "the function returned {}", status);
  return results;
}

}  // namespace

HostFunction host_function(const ExternalFunction& f) {
  require(f.outputs >= 1 && f.infer && f.evaluate,
          "an external function needs a shape rule, code and at least one output");
  return {.infer = [f](Operands in) { return inferred(f, in); },
          .evaluate = [f](std::span<const Array> in) { return evaluated(f, in); },
          .vjp = {}};
}

void register_host_function(const std::string& name, HostFunction f) {
  require(f.infer && f.evaluate, "the host function '{}' needs infer and evaluate", name);
  host_functions().add(name, std::move(f));
}
const HostFunction& find_host_function(std::string_view op, const std::string& name) {
  return host_functions().find(op, name);
}

Types host_types(std::string_view op, const std::string& function, Operands in) {
  const HostFunction& f = find_host_function(op, function);
  return named(op, function, [&] { return f.infer(in); });
}

std::vector<Array> host_results(std::string_view op, const std::string& function, std::span<const Array> in) {
  const HostFunction& f = find_host_function(op, function);
  std::vector<Array> dense;
  for (const Array& x : in) dense.push_back(x.to_contiguous());
  return named(op, function, [&] { return f.evaluate(dense); });
}

Values host_gradients(std::string_view op, const std::string& function, Builder& b, std::span<const Value> in,
                      std::span<const Value> out, std::span<const Value> grad) {
  const HostFunction& f = find_host_function(op, function);
  require(f.vjp != nullptr, "{}: '{}' has no gradient; register it with one, or apply stop_gradient to its operands",
          op, function);
  Values grads = named(op, function, [&] { return f.vjp(b, in, out, grad); });
  require(grads.size() == in.size(), "{}: '{}' has {} operands, but its gradient gives {}", op, function, in.size(),
          grads.size());
  return grads;
}

void register_custom_function(const std::string& name, CustomFunction f) {
  require(f.expand && f.vjp, "the custom function '{}' needs expand and vjp", name);
  custom_functions().add(name, std::move(f));
}
const CustomFunction& find_custom_function(std::string_view op, const std::string& name) {
  return custom_functions().find(op, name);
}

}  // namespace tenon
