// Image classifiers from files to files: what the command-line tool does, as functions.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "nn/summary.h"
#include "train/checkpoint.h"
#include "train/evaluation.h"
#include "train/report.h"

namespace tenon::train {

/// How a classifier is trained. Everything here but `threads`, `resume` and `quiet` decides the result, to the bit.
struct TrainOptions {
  std::vector<i64> hidden{128, 32};  ///< units of the hidden layers, each followed by a ReLU
  i64 epochs = 10;
  i64 batch = 128;                  ///< samples per step
  std::string optimizer = "adam";   ///< one of optimizer_names()
  double lr = 0;                    ///< the highest learning rate; 0 is the optimizer's default
  std::string schedule = "cosine";  ///< one of schedule_names()
  double warmup = 0.1;              ///< share of the steps in which the rate rises from lr / 20
  double momentum = 0.9;            ///< of "momentum" and "nesterov"
  double weight_decay = 0;          ///< never on biases
  double clip_norm = 0;             ///< highest global norm of the gradient; 0 is no limit
  double dropout = 0;               ///< rate after each hidden layer
  double label_smoothing = 0;
  double validation = 0;   ///< share of the training files held out; 0 chooses it by their size
  i64 validate_every = 1;  ///< epochs from one validation to the next; the last epoch is always validated
  i64 patience = 0;        ///< stop after so many validations without improvement; 0 is never
  double stop_below = 0;   ///< stop when the training cost falls below; 0 is never
  std::uint64_t seed = 1;
  int threads = 0;      ///< 0 leaves the process's choice; results do not depend on it
  bool resume = false;  ///< go on from the state in `out`; the other options must be the same
  bool quiet = false;   ///< no progress on standard error
};

std::vector<std::string> optimizer_names();  ///< "sgd", "momentum", "nesterov", "adam", "adamw"
std::vector<std::string> schedule_names();   ///< "constant", "step", "cosine"

struct TrainCallbacks {
  /// After each epoch.
  std::function<void(const EpochReport&)> epoch;
  /// Asked between steps; true stops at once. What was saved after the last epoch stays, and resumes.
  std::function<bool()> stop;
  /// What a user may not have meant, as a sentence, before the training begins.
  std::function<void(const std::string&)> remark;
};

/// Trains an MLP on the four IDX files in `data_dir` and leaves it in `out` (.safetensors), which is replaced after
/// every epoch: it holds the best model so far and all that training needs to go on. The test files are read once, at
/// the end. Throws Error for bad options, unreadable data, a file that cannot be written, or a cost that is not finite.
TrainReport train_mlp(const std::string& data_dir, const TrainOptions& options, const std::string& out,
                      const TrainCallbacks& callbacks = {});

/// On the test files of `data_dir`, or on its training files. Throws Error where images or classes do not fit the
/// model.
Evaluation evaluate(const std::string& model_path, const std::string& data_dir, bool training_files = false);
Evaluation evaluate(const ModelFile& model, const std::string& data_dir, bool training_files = false);

/// Probabilities f32[N, classes] for images u8[N, H, W] with [H, W] = model.input_shape.
Array predict(const ModelFile& model, const Array& images);
Array predict(const std::string& model_path, const Array& images);

/// Layers, shapes, parameters and memory for batches of `batch` samples.
nn::Summary summarize(const ModelFile& model, i64 batch = 1);

/// The graph that predict runs, from normalised images f32[batch, pixels] to probabilities f32[batch, classes]. Weights
/// are its parameters after the first, by name.
Function inference_graph(const ModelFile& model, Dim batch = 1);

}  // namespace tenon::train
