// Models in files: one .safetensors file with the weights and everything that is needed to use them and to train on.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/statistics.h"
#include "nn/module.h"

namespace tenon::train {

/// A model, what it needs to be used, and the state of its training.
struct ModelFile {
  nn::ModulePtr module;
  Shape input_shape;                      ///< of one image as the files have it: [28,28]; the module takes f32[N,784]
  Statistics statistics;                  ///< of the training images; inputs are normalised with them
  std::vector<std::string> labels;        ///< names of the classes
  std::map<std::string, Array> training;  ///< slots of the optimizer and the like; empty where training cannot go on
  nlohmann::json training_state;          ///< an object, or null where training cannot go on
};

/// Writes it atomically: whatever happens, `path` is the old file or the new.
void save_model(const std::string& path, const ModelFile& model);

/// Reads and checks every field: throws Error that names what is missing, unknown or of the wrong shape. A new process
/// needs nothing but the file (and the types of modules that users registered).
ModelFile load_model(const std::string& path);

}  // namespace tenon::train
