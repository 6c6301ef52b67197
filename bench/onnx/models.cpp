#include "onnx/models.h"

#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/rng.h"
#include "onnx/networks.h"
#include "tensor/npy.h"

namespace tenon::bench {

namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("tenon-bench-onnx-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

const Folder& folder() {
  static const Folder f;
  return f;
}

Array noise_of(const Shape& shape) {
  Array a(Type{DType::F32, shape});
  Rng rng(2);
  for (float& x : a.values<float>()) x = static_cast<float>(rng.uniform() * 2 - 1);
  return a;
}

ModelCase with_inputs(ModelCase c, const std::vector<Array>& inputs) {
  for (const Array& a : inputs) {
    c.inputs.push_back(folder() / (c.name + "_" + std::to_string(c.inputs.size()) + ".npy"));
    write_npy(c.inputs.back(), a);
  }
  return c;
}

ModelCase built(const std::string& name, const std::function<void(GraphMaker&)>& build, double target = 0) {
  GraphMaker g(name);
  build(g);
  ModelCase c{name, folder() / (name + ".onnx"), {}, target};
  g.save(c.model);
  std::vector<Array> inputs;
  for (const Shape& shape : g.inputs()) inputs.push_back(noise_of(shape));
  return with_inputs(std::move(c), inputs);
}

std::vector<ModelCase> real_models() {
  const std::string from = TENON_BENCH_FOLDER "/../build/models/";
  std::vector<ModelCase> all;
  if (const std::string file = from + "silero_vad_v5.onnx"; fs::exists(file))
    all.push_back(with_inputs({"silero v5", file, {}}, {noise_of({1, 576}), noise_of({2, 1, 128}),
                                                        Array::scalar(Number::of_int(16000), DType::I64)}));
  if (const std::string file = from + "mlsd_320x320_tiny.onnx"; fs::exists(file))
    all.push_back(with_inputs({"m-lsd tiny", file, {}}, {noise_of({1, 320, 320, 4})}));
  return all;
}

}  // namespace

const std::vector<ModelCase>& model_cases() {
  static const std::vector<ModelCase> all = [] {
    std::vector<ModelCase> cases{
        built("tiny", tiny, 1),
        built(
            "mlp 1", [](GraphMaker& g) { mlp(g, 1); }, 1),
        built(
            "mlp 64", [](GraphMaker& g) { mlp(g, 64); }, 1),
        built("wide mlp", wide_mlp, 1),
        built("bert layer", bert_layer, 1),
        built("lstm", lstm),
        built("resnet50", resnet50),
        built("mobilenet v2", mobilenet_v2),
        built("densenet121", densenet121),
        built("shufflenet v2", shufflenet_v2),
        built("inception v1", inception_v1),
    };
    for (ModelCase& c : real_models()) cases.push_back(std::move(c));
    return cases;
  }();
  return all;
}

std::vector<Array> read_inputs(const ModelCase& c) {
  std::vector<Array> inputs;
  for (const std::string& file : c.inputs) inputs.push_back(read_npy(file));
  return inputs;
}

}  // namespace tenon::bench
