#include "app/cli/function_file.h"

#include <charconv>

#include "base/file.h"
#include "base/suggest.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "onnx/import.h"
#include "op/sample_data.h"
#include "tensor/npy.h"
#include "train/classifier.h"

namespace tenon::app {

namespace {

constexpr i64 kLongestText = i64(1) << 30;

/// -1 where the text is no number from 0 on.
i64 count_of(std::string_view text) {
  i64 value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? value : -1;
}

std::string called(const Function& f, std::size_t k) {
  const std::string& name = f.parameters[k].node()->name();
  return name.empty() ? fmt::format("parameter {}", k) : fmt::format("parameter {} (\"{}\")", k, name);
}

Array random_values(const Function& f, std::size_t k, std::uint64_t seed) {
  const Type& t = f.parameters[k].type();
  require(t.is_dense() && is_concrete(t), "{} is {}: give its value with --input{}", called(f, k), t,
          t.is_dense() ? ", or its unknown extents with --extent" : "");
  require(t.dtype != DType::Str, "{} is {}, for which there are no random values; give it with --input", called(f, k),
          t);
  SampleInput range{t};
  if (!is_float(t.dtype)) range.low = 0;  // 0 and 1 are positions in nearly everything
  Array array = sample_data(std::vector<SampleInput>{range}, seed + k)[0];
  return array;
}

}  // namespace

FunctionFile read_function(const std::string& path, Dim batch) {
  if (path.ends_with(".safetensors")) {
    const train::ModelFile model = train::load_model(path);
    FunctionFile file{train::inference_graph(model, batch), {}};
    for (const Parameter& p : model.module->state()) file.values[p.name()] = p.value().data();
    return file;
  }
  if (path.ends_with(".onnx")) {
    const onnx::Model model = onnx::Model::load(path);
    try {
      return {onnx::import_function(model), {}};
    } catch (const Error& e) {
      fail("{}: {}", path, e.what());
    }
  }
  const std::string text = read_file(path, kLongestText);
  try {
    FunctionFile file{parse_function(text), {}};
    verify(file.f);
    return file;
  } catch (const Error& e) {
    fail("{}: {}", path, e.what());
  }
}

std::pair<std::string, std::string> name_and_path(const std::string& text, const std::string& option) {
  const std::size_t equals = text.find('=');
  require(equals != std::string::npos && equals > 0 && equals + 1 < text.size(),
          "{}: '{}' is no NAME=FILE; expected such as x=x.npy", option, text);
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::size_t parameter_called(const Function& f, const std::string& name) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < f.parameters.size(); ++k) {
    const std::string& own = f.parameters[k].node()->name();
    if (own == name) return k;
    names.push_back(own.empty() ? std::to_string(k) : own);
  }
  if (const i64 k = count_of(name); k >= 0 && k < static_cast<i64>(names.size())) return static_cast<std::size_t>(k);
  fail("function {} has no parameter '{}'; there are: {}", f.name, name, listed(names));
}

Function with_extents(const Function& f, const std::vector<std::string>& given) {
  DimValues values;
  const std::vector<std::string> names = unknowns(f);
  for (const std::string& text : given) {
    const std::size_t equals = text.find('=');
    const i64 value = equals == std::string::npos ? -1 : count_of(std::string_view(text).substr(equals + 1));
    require(value >= 0, "--extent: '{}' is no NAME=N; expected such as n=8", text);
    const std::string name = text.substr(text.starts_with('?') ? 1 : 0, equals - (text.starts_with('?') ? 1 : 0));
    require(std::ranges::find(names, name) != names.end(), "--extent: function {} has no unknown extent ?{}; there {}",
            f.name, name, names.empty() ? "is none" : "are: " + listed(names));
    values.emplace_back(name, Dim(value));
  }
  return values.empty() ? f : with_values(f, values);
}

std::vector<Array> arguments_of(const FunctionFile& file, const std::vector<std::string>& inputs,
                                const std::uint64_t* seed) {
  const Function& f = file.f;
  std::vector<Array> arguments(f.parameters.size());
  for (const std::string& input : inputs) {
    const auto [name, path] = name_and_path(input, "--input");
    const std::size_t k = parameter_called(f, name);
    require(!arguments[k].defined(), "--input: {} is given twice", called(f, k));
    arguments[k] = read_npy(path, f.parameters[k].dtype());
    const Type& expected = f.parameters[k].type();
    DimValues sizes;
    require(match(expected, arguments[k].type(), sizes), "--input: {} holds {}, but {} is {}", path,
            arguments[k].type(), called(f, k), expected);
  }
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    if (arguments[k].defined()) continue;
    const auto own = file.values.find(f.parameters[k].node()->name());
    if (own != file.values.end())
      arguments[k] = own->second;
    else if (seed != nullptr)
      arguments[k] = random_values(f, k, *seed);
    else
      fail("{}, {}, has no value; give it with --input {}=FILE.npy", called(f, k), f.parameters[k].type(),
           f.parameters[k].node()->name().empty() ? std::to_string(k) : f.parameters[k].node()->name());
  }
  return arguments;
}

}  // namespace tenon::app
