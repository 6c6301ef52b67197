#include "nn/registry.h"

#include <map>
#include <mutex>

#include "base/suggest.h"
#include "nn/layers.h"

namespace tenon::nn {

namespace {

template <class M>
ModulePtr plain(const Definition&) {
  return std::make_shared<M>();
}

struct Registry {
  std::mutex mutex;
  std::map<std::string, ModuleFactory> factories{
      {"dropout", &Dropout::from},
      {"embedding", &Embedding::from},
      {"flatten", &plain<Flatten>},
      {"gelu", &Gelu::from},
      {"gru", &Gru::from},
      {"leaky_relu", &LeakyRelu::from},
      {"linear", &Linear::from},
      {"lstm", &Lstm::from},
      {"relu", &plain<Relu>},
      {"rnn", &Rnn::from},
      {"sequential", &Sequential::from},
      {"sigmoid", &plain<Sigmoid>},
      {"silu", &plain<Silu>},
      {"tanh", &plain<Tanh>},
  };
};

Registry& registry() {
  static Registry all;
  return all;
}

}  // namespace

void register_module(const std::string& type, ModuleFactory factory) {
  std::scoped_lock lock(registry().mutex);
  require(registry().factories.emplace(type, std::move(factory)).second, "register_module: \"{}\" is taken", type);
}

std::vector<std::string> module_types() {
  std::scoped_lock lock(registry().mutex);
  std::vector<std::string> names;
  for (const auto& [name, factory] : registry().factories) names.push_back(name);
  return names;
}

ModulePtr build_module(const Definition& definition) {
  ModuleFactory factory;
  {
    std::scoped_lock lock(registry().mutex);
    auto found = registry().factories.find(definition.type());
    if (found != registry().factories.end()) factory = found->second;
  }
  if (!factory) {
    const std::vector<std::string> names = module_types();
    const std::vector<std::string_view> known(names.begin(), names.end());
    fail("{}: the type \"{}\" is unknown{}; known are {}", definition.place(), definition.type(),
         suggestion(definition.type(), known), listed(names));
  }
  ModulePtr module = factory(definition);
  definition.require_all_read();
  return module;
}

ModulePtr build_module(const nlohmann::json& definition) { return build_module(Definition(definition)); }

}  // namespace tenon::nn
