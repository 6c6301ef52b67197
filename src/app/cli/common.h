// What the commands share: global options, and the ways of printing.
#pragma once
#include <CLI/App.hpp>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "tensor/dtype.h"

namespace tenon::app {

/// Options that stand before or after the name of a command.
struct Global {
  bool json = false;  ///< one JSON object per line on standard output instead of text
  std::uint64_t seed = 1;
  int threads = 0;  ///< 0: what the process may use
};

// Each adds a command with its options, its examples, and the work as its callback.
void add_train(CLI::App& app, const Global& global);
void add_eval(CLI::App& app, const Global& global);
void add_predict(CLI::App& app, const Global& global);
void add_summary(CLI::App& app, const Global& global);
void add_inspect(CLI::App& app, const Global& global);
void add_data(CLI::App& app, const Global& global);
void add_operators(CLI::App& app, const Global& global);
void add_formula(CLI::App& app, const Global& global);
void add_opt(CLI::App& app, const Global& global);
void add_run(CLI::App& app, const Global& global);
void add_bisect(CLI::App& app, const Global& global);
void add_roofline(CLI::App& app, const Global& global);
void add_convert(CLI::App& app, const Global& global);
void add_check(CLI::App& app, const Global& global);
void add_explain(CLI::App& app, const Global& global);
void add_weights(CLI::App& app, const Global& global);

/// A line on standard output, at once. What cannot be written is reported when the program ends.
void print_line(const std::string& text);
void print_json(const nlohmann::ordered_json& object);

/// What the compiler makes of `f`, stage by stage, or one of them. Throws Error that lists them where `wanted` is none.
void print_stages(const Function& f, const std::optional<std::string>& wanted, const Global& global);

/// A line on standard error that goes away again, where that is a terminal: a share of what is to do, and what is next.
void show_progress(double done, const std::string& next);

/// Whether standard output is a terminal that shows colours (and NO_COLOR is not set).
bool colours();

std::string percent(double share);      ///< "88.12 %"
std::string grouped(i64 number);        ///< "109,386"
std::string count_text(double number);  ///< likewise; of numbers beyond 2^62 four digits
std::string bytes_text(i64 bytes);      ///< "437,544 (427.3 KiB)"

/// Rows of cells in columns; all but the first column stand at the right. The first row is the heading.
std::string table(const std::vector<std::vector<std::string>>& rows);

/// Throws Error unless `path` ends in `.suffix`, in upper or lower case.
void require_suffix(const std::string& path, const std::string& suffix, const std::string& option);

}  // namespace tenon::app
