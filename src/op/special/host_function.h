// Functions of the program that uses the library, as operators.
//
//   register_host_function("median", {.infer = [](Operands in) -> Types { return {Type{in[0].type.dtype, {}}}; },
//                                     .evaluate = [](std::span<const Array> in) -> std::vector<Array> { … }});
//   Value m = host_callback("median", {x});
//
// A graph refers to them by name, so that its text form can be read again where the name is registered. They must be
// functions of their operands: equal calls may be computed once, and calls whose results are not used not at all.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "op/op.h"
#include "tensor/dlpack.h"

namespace tenon {

struct HostFunction {
  /// Types of the results; throws Error where it does not take the operands.
  std::function<Types(Operands)> infer;
  /// Dense operands; results of the types that infer says. May be called by any thread.
  std::function<std::vector<Array>(std::span<const Array>)> evaluate;
  /// Gradients of the operands from those of the results, as graph; an undefined Value is zero. Optional.
  std::function<Values(Builder&, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad)>
      vjp;
};

/// What the function gives for these operands. `op` begins the messages of errors, also of those that it throws.
Types host_types(std::string_view op, const std::string& function, Operands in);
std::vector<Array> host_results(std::string_view op, const std::string& function, std::span<const Array> in);
Values host_gradients(std::string_view op, const std::string& function, Builder& b, std::span<const Value> in,
                      std::span<const Value> out, std::span<const Value> grad);

/// A function with a C interface, as a shared library exports it. Both return 0, or another number where they fail.
struct ExternalFunction {
  using Call = std::int32_t (*)(void* context, std::int32_t ins, const dlpack::Tensor* in, std::int32_t outs,
                                dlpack::Tensor* out);
  static constexpr std::int32_t kMostDimensions = 16;
  std::int32_t outputs = 1;
  /// Sets ndim, dtype and shape of the outputs, whose shapes have room for kMostDimensions; no tensor has data.
  Call infer = nullptr;
  /// Sets the data of the outputs, which is allocated.
  Call evaluate = nullptr;
  void* context = nullptr;
};
HostFunction host_function(const ExternalFunction& f);

/// Throws Error where the name is empty or taken.
void register_host_function(const std::string& name, HostFunction f);
/// Throws Error that begins with `op` and lists the names where there is none. The reference stays valid.
const HostFunction& find_host_function(std::string_view op, const std::string& name);

/// Smaller operators under one name, with a gradient of one's own.
struct CustomFunction {
  std::function<Values(Builder&, std::span<const Value>)> expand;
  std::function<Values(Builder&, std::span<const Value> in, std::span<const Value> out, std::span<const Value> grad)>
      vjp;
};
void register_custom_function(const std::string& name, CustomFunction f);
const CustomFunction& find_custom_function(std::string_view op, const std::string& name);

}  // namespace tenon
