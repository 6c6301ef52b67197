// What opt, run, explain and bisect share: a function from a file, and arrays for its parameters.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tenon::app {

/// A function as text, an ONNX model (.onnx), or the graph of a model that tenon train wrote (.safetensors), whose
/// weights are `values`.
struct FunctionFile {
  Function f;
  std::map<std::string, Array> values;  ///< of parameters, by name
};
/// Throws Error that begins with the path.
FunctionFile read_function(const std::string& path, Dim batch = 1);

/// "name=path" as its halves; throws Error otherwise. `option` is for messages.
std::pair<std::string, std::string> name_and_path(const std::string& text, const std::string& option);

/// The position of the parameter that `name` means: its name, or its position as a number. Throws Error that lists the
/// names.
std::size_t parameter_called(const Function& f, const std::string& name);

/// `f` with the values given as "n=8" in place of its unknown extents.
Function with_extents(const Function& f, const std::vector<std::string>& given);

/// One array for each parameter: from `inputs` ("name=x.npy"), else of the model, else random where `seed` is given.
/// Throws Error that names a parameter without one, or one of another type.
std::vector<Array> arguments_of(const FunctionFile& file, const std::vector<std::string>& inputs,
                                const std::uint64_t* seed);

}  // namespace tenon::app
