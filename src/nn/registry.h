// Modules from their definitions.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "nn/definition.h"
#include "nn/module.h"

namespace tenon::nn {

using ModuleFactory = std::function<ModulePtr(const Definition&)>;

/// Makes a class of one's own known under the name that its type() gives, so that load_model can rebuild it. Throws
/// Error where the name is taken.
void register_module(const std::string& type, ModuleFactory factory);
/// The names that are known, sorted.
std::vector<std::string> module_types();

/// Inverse of Module::definition. Throws Error for an unknown type and for missing, unknown or wrong fields. Values are
/// as newly constructed.
ModulePtr build_module(const Definition& definition);
ModulePtr build_module(const nlohmann::json& definition);

}  // namespace tenon::nn
