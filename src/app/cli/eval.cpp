// tenon eval: how well a model does on samples whose labels are known.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/common.h"
#include "base/printable.h"
#include "data/dataset.h"
#include "data/png.h"
#include "data/sheet.h"
#include "train/classifier.h"

namespace tenon::app {

namespace {

constexpr std::size_t kMostPictures = 100;

struct Eval {
  std::string model, data, mispredicted;
  bool training = false;
};

std::string cell(i64 count, i64 of_class, bool right, bool colour) {
  if (count == 0) return ".";
  std::string text = grouped(count);
  if (!colour) return text;
  bool many = right || 20 * count >= of_class;  // mistakes of a twentieth of a class catch the eye
  return fmt::format("\x1b[{}m{}\x1b[0m", right ? "32" : many ? "1;31" : "33", text);
}

std::string confusion_table(const train::Evaluation& e) {
  bool colour = colours();
  std::vector<std::vector<std::string>> rows{{"true class, by predicted class"}};
  for (std::size_t k = 0; k < e.labels.size(); ++k) rows[0].push_back(std::to_string(k));
  rows[0].push_back("right");
  for (std::size_t truth = 0; truth < e.labels.size(); ++truth) {
    i64 total = 0;
    for (i64 count : e.confusion[truth]) total += count;
    std::vector<std::string> row{fmt::format("{:>2}  {}", truth, printable_name(e.labels[truth]))};
    for (std::size_t k = 0; k < e.labels.size(); ++k)
      row.push_back(cell(e.confusion[truth][k], total, k == truth, colour));
    double share = total == 0 ? 0 : static_cast<double>(e.confusion[truth][truth]) / static_cast<double>(total);
    row.push_back(total == 0 ? "-" : fmt::format("{:.1f} %", 100 * share));
    rows.push_back(std::move(row));
  }
  return table(rows);
}

/// The most confident mistakes, each under its true and its predicted label; returns how many.
std::size_t write_mistakes(const Eval& options, const train::Evaluation& e) {
  Positions wrong;
  for (std::size_t k = 0; k < e.truth.size(); ++k) {
    if (e.truth[k] != e.predicted[k]) wrong.push_back(static_cast<i64>(k));
  }
  std::stable_sort(wrong.begin(), wrong.end(), [&](i64 a, i64 b) {
    return e.confidence[static_cast<std::size_t>(a)] > e.confidence[static_cast<std::size_t>(b)];
  });
  wrong.resize(std::min(wrong.size(), kMostPictures));
  Dataset data = load_idx_folder(options.data, options.training ? Part::Train : Part::Test);
  std::vector<SheetItem> items;
  for (i64 k : wrong) {
    auto label = [&](const std::vector<std::int64_t>& of) {
      return e.labels[static_cast<std::size_t>(of[static_cast<std::size_t>(k)])];
    };
    items.push_back({data.image(k), label(e.truth) + "\n" + label(e.predicted)});
  }
  require(!items.empty(), "--mispredicted: there is no mistake to show, every image was classified right");
  write_png(options.mispredicted, contact_sheet(items));
  return items.size();
}

void run(const Eval& options, const Global& global) {
  if (!options.mispredicted.empty()) require_suffix(options.mispredicted, "png", "--mispredicted");
  train::Evaluation e = train::evaluate(options.model, options.data, options.training);
  require(std::isfinite(e.cost),
          "'{}' gives values that are no numbers; its weights or its input statistics are damaged", options.model);
  std::size_t pictures = options.mispredicted.empty() ? 0 : write_mistakes(options, e);
  if (global.json) {
    return print_json({{"event", "eval"},
                       {"count", e.count},
                       {"accuracy", e.accuracy},
                       {"cost", e.cost},
                       {"labels", e.labels},
                       {"confusion", e.confusion}});
  }
  print_line(fmt::format("{} images: accuracy {}, cost {:.4f}\n", grouped(e.count), percent(e.accuracy), e.cost));
  print_line(confusion_table(e));
  if (!options.mispredicted.empty()) {
    print_line(fmt::format("\n{}: the {} most confident mistakes, with the true and the predicted label",
                           options.mispredicted, pictures));
  }
}

}  // namespace

void add_eval(CLI::App& app, const Global& global) {
  auto e = std::make_shared<Eval>();
  CLI::App* c = app.add_subcommand("eval", "Measure accuracy and cost of a model on labelled data");
  c->add_option("model", e->model, "A file that tenon train wrote")->required();
  c->add_option("--data", e->data, "Folder with the IDX files; the test files are used")->required()->type_name("DIR");
  c->add_flag("--training-files", e->training, "Use the training files instead");
  c->add_option("--mispredicted", e->mispredicted, "Write a .png with mispredicted images and both labels")
      ->type_name("FILE");
  c->footer(
      "Examples:\n"
      "  tenon eval fashion.safetensors --data fashion-mnist\n"
      "  tenon eval fashion.safetensors --data fashion-mnist --mispredicted mistakes.png --json");
  c->callback([e, &global] { run(*e, global); });
}

}  // namespace tenon::app
