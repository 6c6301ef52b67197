// tenon predict: what a model sees in pictures.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/common.h"
#include "base/printable.h"
#include "data/image.h"
#include "data/png.h"
#include "train/classifier.h"

namespace tenon::app {

namespace {

struct Predict {
  std::string model;
  std::vector<std::string> images;
  bool invert = false;
};

struct Picture {
  Array pixels;                    ///< u8, as the model takes them
  std::vector<std::string> steps;  ///< what was done to the file's image
};

/// A picture as the model takes it. What is transparent ends up black, as the background of the MNIST family is.
Picture prepared(const std::string& path, const Predict& options, i64 height, i64 width) {
  Array image = read_png(path);
  const i64 channels = image.dim(2);
  Picture p;
  if (channels >= 3) p.steps.push_back("colour to grey");
  if (channels == 2 || channels == 4)
    p.steps.push_back(options.invert ? "transparent to white" : "transparent to black");
  image = to_gray(image, options.invert ? 255 : 0);
  if (image.dim(0) != height || image.dim(1) != width) {
    p.steps.push_back(fmt::format("resized from {}x{} to {}x{}", image.dim(1), image.dim(0), width, height));
    image = resize(image, height, width);
  }
  if (options.invert) {
    p.steps.push_back("inverted");
    image = invert(image);
  }
  p.pixels = image.reshaped({1, height, width});
  return p;
}

struct Guess {
  std::string label;
  float probability;
};

std::vector<Guess> guesses(const train::ModelFile& model, const Array& pixels) {
  Array probabilities = train::predict(model, pixels).to_contiguous();
  auto values = probabilities.values<float>();
  require(std::ranges::all_of(values, [](float x) { return std::isfinite(x); }),
          "the model gives probabilities that are no numbers; its weights or its input statistics are damaged");
  std::vector<Guess> list;
  for (std::size_t k = 0; k < values.size(); ++k) list.push_back({model.labels[k], values[k]});
  std::stable_sort(list.begin(), list.end(),
                   [](const Guess& a, const Guess& b) { return a.probability > b.probability; });
  return list;
}

void print(const std::string& path, const Picture& picture, const std::vector<Guess>& list, bool json) {
  if (json) {
    nlohmann::ordered_json probabilities = nlohmann::ordered_json::array();
    for (const Guess& g : list) probabilities.push_back({{"label", g.label}, {"probability", g.probability}});
    return print_json({{"event", "prediction"},
                       {"image", path},
                       {"prepared", picture.steps},
                       {"label", list[0].label},
                       {"probabilities", probabilities}});
  }
  std::string steps;
  for (const std::string& step : picture.steps) steps += (steps.empty() ? "" : ", ") + step;
  std::string text = fmt::format("{}: {}{}\n", printable(path, LineBreaks::Escape), printable_name(list[0].label),
                                 steps.empty() ? "" : " (" + steps + ")");
  for (const Guess& g : list) text += fmt::format("  {:>9}  {}\n", percent(g.probability), printable_name(g.label));
  print_line(text);
}

void run(const Predict& options, const Global& global) {
  train::ModelFile model = train::load_model(options.model);
  require(model.input_shape.size() == 2, "{}: takes inputs of shape {}, which are no grey pictures", options.model,
          model.input_shape);
  std::vector<Picture> pictures;
  for (const std::string& path : options.images) {
    pictures.push_back(prepared(path, options, model.input_shape[0], model.input_shape[1]));
  }
  // One by one: a single program, whatever the number of pictures.
  for (std::size_t k = 0; k < pictures.size(); ++k) {
    print(options.images[k], pictures[k], guesses(model, pictures[k].pixels), global.json);
  }
}

}  // namespace

void add_predict(CLI::App& app, const Global& global) {
  auto p = std::make_shared<Predict>();
  CLI::App* c = app.add_subcommand("predict", "Print the probability of each label for pictures");
  c->add_option("model", p->model, "A file that tenon train wrote")->required();
  c->add_option("images", p->images, "PNG files of any colour, of at most 67 million pixels")->required();
  c->add_flag("--invert", p->invert, "Swap black and white: for dark things on a bright ground");
  c->footer(
      "Colours become grey and other sizes are resized; the output says what was done. A gamma that the file gives is\n"
      "corrected to that of sRGB.\n"
      "Examples:\n"
      "  tenon predict fashion.safetensors shirt.png\n"
      "  tenon predict fashion.safetensors --invert photo1.png photo2.png --json");
  c->callback([p, &global] { run(*p, global); });
}

}  // namespace tenon::app
