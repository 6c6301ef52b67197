#include "onnx/import.h"

#include "onnx/scope.h"
#include "onnx/tensors.h"

namespace tenon::onnx {

void require_fits(const Port& input, const Type& given) {
  const std::string expected = to_text(input.type);
  const auto type = type_of(input.type, input.name);
  if (!type) {
    if (!input.type.has_tensor_type()) return;
    const DType dtype = dtype_of_onnx(input.type.tensor_type().elem_type());
    require(given.is_dense() && given.dtype == dtype, "input '{}' is {}, but the model expects {}", input.name, given,
            expected);
    return;
  }
  require(given.is_dense() == type->is_dense(), "input '{}' is {}, but the model expects {}", input.name, given,
          expected);
  if (!given.is_dense()) return;
  require(given.dtype == type->dtype, "input '{}' has elements of {}, but the model expects {}", input.name,
          given.dtype, expected);
  require(given.rank() == type->rank(), "input '{}' is {}, of {} dimensions, but the model expects {}", input.name,
          given, given.rank(), expected);
  for (std::size_t d = 0; d < given.shape.size(); ++d)
    require(!type->shape[d].is_constant() || !given.shape[d].is_constant() || type->shape[d] == given.shape[d],
            "input '{}': dimension {} is {}, but the model expects {} there ({})", input.name, d, given.shape[d],
            type->shape[d], expected);
}

Function import_function(const Model& model, const Bindings& bindings, Problems* problems) {
  Import import(model, problems);
  Scope scope(import);
  Function f;
  for (const Port& input : model.inputs()) {
    const auto bound = bindings.types.find(input.name);
    std::optional<Type> type;
    if (bound != bindings.types.end()) {
      require_fits(input, bound->second);
      type = bound->second;
    } else {
      type = type_of(input.type, input.name);
    }
    if (!type) throw NeedsInputs(fmt::format("the rank of input '{}' must be known", input.name), {});
    f.parameters.emplace_back(Node::parameter(*type, input.name), 0);
    import.inputs.emplace(f.parameters.back().node().get(), input.name);
    const auto value = bindings.values.find(input.name);
    scope.bind(input.name, value == bindings.values.end() ? f.parameters.back() : constant_of(value->second));
  }
  for (const auto& [name, array] : model.weights()) scope.bind(name, constant_of(array));
  f.results = scope.add(model.proto().graph());
  f.name = "main";
  return f;
}

}  // namespace tenon::onnx
