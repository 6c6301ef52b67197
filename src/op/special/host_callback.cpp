#include "op/special/host_callback.h"

namespace tenon {

namespace {

/// Errors of the function, with its name.
template <class F>
auto named(const std::string& function, F&& call) {
  try {
    return call();
  } catch (const Error& e) {
    fail("host_callback: '{}': {}", function, e.what());
  }
}

}  // namespace

Types HostCallback::infer(Operands in) const {
  const HostFunction& f = find_host_function(name, function);
  return named(function, [&] { return f.infer(in); });
}

std::vector<Array> HostCallback::evaluate(std::span<const Array> in) const {
  const HostFunction& f = find_host_function(name, function);
  std::vector<Array> dense;
  for (const Array& x : in) dense.push_back(x.to_contiguous());
  return named(function, [&] { return f.evaluate(dense); });
}

Values HostCallback::vjp(Builder& b, std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> grad) const {
  const HostFunction& f = find_host_function(name, function);
  require(f.vjp != nullptr,
          "host_callback: '{}' has no gradient; register it with one, or apply stop_gradient to its operands",
          function);
  Values grads = named(function, [&] { return f.vjp(b, in, out, grad); });
  require(grads.size() == in.size(), "host_callback: '{}' has {} operands, but its gradient gives {}", function,
          in.size(), grads.size());
  return grads;
}

}  // namespace tenon
