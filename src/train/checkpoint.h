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
  std::map<std::string, Array> values;  ///< what save_model writes for the module's slots; where empty, what they hold
  Shape input_shape;                    ///< of one image as the files have it: [28,28]; the module takes f32[N,784]
  Statistics statistics;                ///< of the training images; inputs are normalised with them
  std::vector<std::string> labels;      ///< names of the classes
  std::map<std::string, Array> training;  ///< "optimizer.…" and "last.…": what training needs beside the model
  nlohmann::json training_state;          ///< an object; null in a file that is for use only
};

/// Writes it atomically: whatever happens, `path` is the old file or the new.
void save_model(const std::string& path, const ModelFile& model);

/// Reads and checks every field: throws Error that names what is missing, unknown or of the wrong shape. A new process
/// needs nothing but the file (and the types of modules that users registered). The module is in evaluation mode.
ModelFile load_model(const std::string& path);

}  // namespace tenon::train
