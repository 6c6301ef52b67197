#include "train/checkpoint.h"

#include <cmath>
#include <utility>

#include "eager/trace.h"
#include "nn/init.h"
#include "nn/registry.h"
#include "tensor/safetensors.h"

namespace tenon::train {

namespace {

using nlohmann::json;

constexpr const char *kFormat = "tenon-model", *kVersion = "1";
constexpr i64 kMostPixels = i64(1) << 28;

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

/// One file's metadata, read with errors that name the file and the field.
class Metadata {
 public:
  Metadata(const std::string& path, const std::map<std::string, std::string>& fields) : path_(path), fields_(fields) {
    require(fields.contains("format") && text("format") == kFormat,
            "{}: is no model of this library (its metadata has no \"format\": \"{}\")", path, kFormat);
    require(text("format_version") == kVersion,
            "{}: the format has version {}; this program reads version {}: use a matching program", path,
            text("format_version"), kVersion);
  }
  const std::string& text(const std::string& name) const {
    auto found = fields_.find(name);
    require(found != fields_.end(), "{}: the metadata field \"{}\" is missing", path_, name);
    return found->second;
  }
  bool has(const std::string& name) const { return fields_.contains(name); }
  json parsed(const std::string& name) const {
    json value = json::parse(text(name), nullptr, false);
    require(!value.is_discarded(), "{}: the metadata field \"{}\" is no JSON", path_, name);
    return value;
  }
  template <class... A>
  [[noreturn]] void bad(const std::string& name, const std::string& expected) const {
    fail("{}: the metadata field \"{}\" is not as expected: {}", path_, name, expected);
  }

 private:
  const std::string& path_;
  const std::map<std::string, std::string>& fields_;
};

Shape shape_of(const Metadata& metadata, const json& input) {
  const std::string expected = "\"shape\" is a list of 1 to 4 positive integers";
  if (!input.is_object() || !input.contains("shape") || !input["shape"].is_array()) metadata.bad("input", expected);
  const json& list = input["shape"];
  if (list.empty() || list.size() > 4) metadata.bad("input", expected);
  Shape shape;
  for (const json& extent : list) {
    if (!extent.is_number_integer() || extent < 1 || extent > kMostPixels) metadata.bad("input", expected);
    shape.push_back(extent.get<i64>());
    if (element_count(shape) > kMostPixels) metadata.bad("input", "an image has at most 2^28 pixels");
  }
  return shape;
}

Statistics statistics_in(const Metadata& metadata, const json& input) {
  Statistics s;
  for (auto [name, to] : {std::pair{"mean", &s.mean}, std::pair{"std", &s.std}}) {
    if (!input.contains(name) || !input[name].is_number())
      metadata.bad("input", fmt::format("\"{}\" is a number", name));
    *to = input[name].get<double>();
    if (!std::isfinite(*to)) metadata.bad("input", fmt::format("\"{}\" is finite", name));
  }
  // Images that are all the same have a deviation of exactly 0, which counts as 1 (normalise).
  if (s.std != 0 && (s.std < 0 || !std::isnormal(s.std)))
    metadata.bad("input", "\"std\" is 0 or a normal positive number");
  return s;
}

std::vector<std::string> labels_in(const Metadata& metadata) {
  const json list = metadata.parsed("labels");
  if (!list.is_array() || list.empty()) metadata.bad("labels", "a list of names");
  std::vector<std::string> labels;
  for (const json& label : list) {
    if (!label.is_string()) metadata.bad("labels", "a list of names");
    labels.push_back(label.get<std::string>());
  }
  return labels;
}

/// Moves the file's tensors into the slots of the module; what is left belongs to training.
void fill_slots(const std::string& path, const nn::Module& module, std::map<std::string, Array>& tensors) {
  for (Parameter p : module.state()) {
    auto found = tensors.find(p.name());
    require(found != tensors.end(), "{}: the tensor {} of the model is missing", path, p.name());
    require(found->second.type() == p.type(), "{}: the tensor {} is {}, the model's definition says {}", path, p.name(),
            found->second.type(), p.type());
    p.set(Tensor(std::move(found->second)));
    tensors.erase(found);
  }
}

void require_output(const std::string& path, const ModelFile& file) {
  const i64 classes = static_cast<i64>(file.labels.size()), pixels = element_count(file.input_shape);
  Type output;
  try {
    Tracing tracing;
    output = (*file.module)(Tensor(Array::scalar(Number(0.0), DType::F32).broadcast_to({1, pixels}))).type();
  } catch (const Error& e) {
    fail("{}: the model does not take inputs of {} pixels: {}", path, pixels, e.what());
  }
  require(output == Type(DType::F32, {1, classes}),
          "{}: the model gives {} for an image, expected {} for its {} labels", path, output,
          Type(DType::F32, {1, classes}), classes);
}

}  // namespace

void save_model(const std::string& path, const ModelFile& file) {
  expect(file.module != nullptr, "there is a model to save");
  SafeTensors content;
  for (const Parameter& p : file.module->state()) {
    const auto given = file.values.find(p.name());
    expect(file.values.empty() || given != file.values.end(), "a value for each slot, or for none");
    const Array& value = given != file.values.end() ? given->second : p.value().data();
    require(content.tensors.emplace(p.name(), value).second, "{}: two slots of the model are called {}", path,
            p.name());
  }
  for (const auto& [name, value] : file.training)
    require(content.tensors.emplace(name, value).second, "{}: a slot of the model and one of training are called {}",
            path, name);
  json shape = json::array();
  for (i64 extent : file.input_shape) shape.push_back(extent);
  content.metadata = {
      {"format", kFormat},
      {"format_version", kVersion},
      {"model", dumped(file.module->definition())},
      {"input", dumped({{"shape", shape}, {"mean", file.statistics.mean}, {"std", file.statistics.std}})},
      {"labels", dumped(file.labels)}};
  if (!file.training_state.is_null()) content.metadata["training"] = dumped(file.training_state);
  write_safetensors(path, content);
}

ModelFile load_model(const std::string& path) {
  SafeTensors content = read_safetensors(path);
  const Metadata metadata(path, content.metadata);
  ModelFile file;
  const json input = metadata.parsed("input");
  file.input_shape = shape_of(metadata, input);
  file.statistics = statistics_in(metadata, input);
  file.labels = labels_in(metadata);
  if (metadata.has("training")) {
    file.training_state = metadata.parsed("training");
    if (!file.training_state.is_object()) metadata.bad("training", "an object");
  }
  const json definition = metadata.parsed("model");
  {
    const auto nothing_drawn = nn::InitScope::none();
    file.module = nn::build_module(nn::Definition(definition, path + ": model definition"));
  }
  file.module->eval();
  fill_slots(path, *file.module, content.tensors);
  for (const auto& [name, value] : content.tensors)
    require(!file.training_state.is_null() && (name.starts_with("optimizer.") || name.starts_with("last.")),
            "{}: the tensor {} belongs to nothing in the model", path, name);
  file.training = std::move(content.tensors);
  require_output(path, file);
  return file;
}

}  // namespace tenon::train
