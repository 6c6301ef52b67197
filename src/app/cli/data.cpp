// tenon data: what is in a folder of IDX files.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/common.h"
#include "base/printable.h"
#include "data/dataset.h"
#include "data/png.h"
#include "data/sheet.h"
#include "data/statistics.h"

namespace tenon::app {

namespace {

constexpr i64 kPerClass = 10;

struct Data {
  std::string folder, sheet, to;
  i64 export_count = 0;
};

struct Facts {
  std::vector<i64> train_balance, test_balance;
  Statistics train_statistics, test_statistics;
  i64 train_duplicates = 0, test_duplicates = 0;  ///< images that stand there already
  i64 shared = 0;                                 ///< test images that also are training images
};

i64 surplus(const std::vector<Positions>& groups) {
  i64 count = 0;
  for (const Positions& group : groups) count += static_cast<i64>(group.size()) - 1;
  return count;
}

Facts facts_of(const Dataset& train, const Dataset& test) {
  return {class_balance(train),
          class_balance(test),
          statistics_of(train, all_positions(train.size())),
          statistics_of(test, all_positions(test.size())),
          surplus(duplicates(train.images)),
          surplus(duplicates(test.images)),
          static_cast<i64>(overlap(train.images, test.images).size())};
}

void print_text(const Dataset& train, const Dataset& test, const Facts& f) {
  print_line(fmt::format("{}x{} pixels, {} classes\n", train.width(), train.height(), train.classes()));
  std::vector<std::vector<std::string>> rows{{"", "training files", "test files"}};
  rows.push_back({"images", grouped(train.size()), grouped(test.size())});
  for (std::size_t k = 0; k < f.train_balance.size(); ++k) {
    rows.push_back({fmt::format("  {:>2}  {}", k, printable_name(train.label_names[k])), grouped(f.train_balance[k]),
                    k < f.test_balance.size() ? grouped(f.test_balance[k]) : "-"});
  }
  rows.push_back({"pixels, 0 to 1: mean", fmt::format("{:.4f}", f.train_statistics.mean),
                  fmt::format("{:.4f}", f.test_statistics.mean)});
  rows.push_back({"pixels, 0 to 1: deviation", fmt::format("{:.4f}", f.train_statistics.std),
                  fmt::format("{:.4f}", f.test_statistics.std)});
  rows.push_back({"repeated images", grouped(f.train_duplicates), grouped(f.test_duplicates)});
  rows.push_back({"also in the training files", "", grouped(f.shared)});
  print_line(table(rows));
}

nlohmann::ordered_json part_json(const Dataset& data, const std::vector<i64>& balance, const Statistics& s,
                                 i64 repeated) {
  return {{"images", data.size()}, {"balance", balance}, {"mean", s.mean}, {"std", s.std}, {"repeated", repeated}};
}

/// The first images of each class, a row per class.
void write_sheet(const Dataset& data, const std::string& path) {
  std::vector<SheetItem> items;
  for (i64 wanted = 0; wanted < data.classes(); ++wanted) {
    i64 found = 0;
    for (i64 k = 0; k < data.size() && found < kPerClass; ++k) {
      if (data.label(k) != wanted) continue;
      items.push_back({data.image(k), data.label_names[static_cast<std::size_t>(wanted)]});
      ++found;
    }
  }
  write_png(path, contact_sheet(items, {.columns = kPerClass}));
}

/// "T-shirt/top" -> "t-shirt-top"
std::string file_name(std::string label) {
  for (char& c : label) {
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c + 32);
    else if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
      c = '-';
  }
  return label;
}

std::vector<std::string> export_images(const Dataset& data, i64 count, const std::string& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  require(!problem, "--to: the folder '{}' cannot be made: {}", folder, problem.message());
  std::vector<std::string> paths;
  for (i64 k = 0; k < std::min(count, data.size()); ++k) {
    const std::string& label = data.label_names[static_cast<std::size_t>(data.label(k))];
    paths.push_back((std::filesystem::path(folder) / fmt::format("test-{}-{}.png", k, file_name(label))).string());
    write_png(paths.back(), data.image(k));
  }
  return paths;
}

void run(const Data& options, const Global& global) {
  if (!options.sheet.empty()) require_suffix(options.sheet, "png", "--sheet");
  Dataset train = load_idx_folder(options.folder, Part::Train), test = load_idx_folder(options.folder, Part::Test);
  if (!options.sheet.empty()) write_sheet(train, options.sheet);
  std::vector<std::string> exported;
  if (options.export_count > 0) exported = export_images(test, options.export_count, options.to);
  Facts f = facts_of(train, test);
  if (global.json) {
    return print_json({{"event", "data"},
                       {"height", train.height()},
                       {"width", train.width()},
                       {"labels", train.label_names},
                       {"train", part_json(train, f.train_balance, f.train_statistics, f.train_duplicates)},
                       {"test", part_json(test, f.test_balance, f.test_statistics, f.test_duplicates)},
                       {"shared", f.shared},
                       {"exported", exported}});
  }
  print_text(train, test, f);
  if (!options.sheet.empty()) print_line(fmt::format("{}: the first images of each class", options.sheet));
  for (const std::string& path : exported) print_line(path);
}

}  // namespace

void add_data(CLI::App& app, const Global& global) {
  auto d = std::make_shared<Data>();
  CLI::App* c = app.add_subcommand("data", "Describe a data set: counts, classes, statistics, duplicates");
  c->add_option("folder", d->folder, "Folder with the four IDX files of the MNIST family, plain or .gz")->required();
  c->add_option("--sheet", d->sheet, "Write a .png with the first images of each class")->type_name("FILE");
  CLI::Option* count = c->add_option("--export", d->export_count, "Write the first images of the test files as PNG")
                           ->check(CLI::Range(1, 1'000'000));
  CLI::Option* to = c->add_option("--to", d->to, "Folder for --export; made where it is missing")->type_name("DIR");
  count->needs(to);
  to->needs(count);
  c->footer(
      "Examples:\n"
      "  tenon data fashion-mnist\n"
      "  tenon data fashion-mnist --sheet classes.png\n"
      "  tenon data fashion-mnist --export 5 --to pictures");
  c->callback([d, &global] { run(*d, global); });
}

}  // namespace tenon::app
