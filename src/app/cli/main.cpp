// The tenon command-line tool: global options, commands, and what happens when one fails.
#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>

#include "app/cli/common.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "base/thread_pool.h"

namespace {

using namespace tenon;

constexpr int kOk = 0, kUserError = 1, kUsageError = 2, kBug = 70;
constexpr const char* kVersion = "tenon " TENON_VERSION;

void complain(const std::string& text) { fmt::print(stderr, "tenon: {}\n", printable(text)); }

/// Help with one plain word for what an option takes, and its default behind the description.
class PlainHelp : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string type = option->get_type_size() == 0 ? "" : option->get_type_name();
    type = type.substr(0, type.find(':'));
    if (type == "INT" || type == "UINT") type = "N";
    if (type == "FLOAT") type = "X";
    return (type.empty() || option->get_positional() ? "" : " " + type) +
           (option->get_expected_max() > 1 ? " ..." : "");
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    std::string text = option->get_description();
    if (!option->get_default_str().empty()) text += " (" + option->get_default_str() + ")";
    return option->get_required() && !option->get_positional() ? text + " (required)" : text;
  }
};

/// The command whose options were being read: the innermost that was given.
const CLI::App* innermost(const CLI::App* app) {
  for (const CLI::App* command : app->get_subcommands()) return innermost(command);
  return app;
}

std::string unexpected(const CLI::App& app, const std::string& argument) {
  std::vector<std::string> names;
  for (const CLI::App* level = innermost(&app); level != nullptr; level = level->get_parent()) {
    for (const CLI::Option* option : level->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    for (const CLI::App* command : level->get_subcommands({})) names.push_back(command->get_name());
  }
  std::vector<std::string_view> known(names.begin(), names.end());
  std::string given = argument.substr(0, argument.find('='));
  return fmt::format("'{}' was not expected{}", argument, suggestion(given, known));
}

int usage_error(const CLI::App& app, const CLI::ParseError& e) {
  const CLI::App* command = innermost(&app);
  std::string text = e.what();
  bool incomplete = dynamic_cast<const CLI::RequiredError*>(&e) != nullptr;
  if ((incomplete || dynamic_cast<const CLI::ExtrasError*>(&e) != nullptr) && !app.remaining(true).empty()) {
    text = unexpected(app, app.remaining(true).front());
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  complain(fmt::format("{}; see {} --help", text, command == &app ? "tenon" : "tenon " + command->get_name()));
  return kUsageError;
}

/// CLI11 itself takes negative numbers for unsigned ones, and what does not fit for the largest.
CLI::Validator is_seed() {
  return CLI::Validator(
      [](const std::string& text) {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool whole = error == std::errc() && end == text.data() + text.size();
        return whole ? std::string() : fmt::format("'{}' is no seed; expected a number from 0 to 2^64 - 1", text);
      },
      "");
}

int run(int argc, char** argv) {
  CLI::App app("Trains, evaluates and inspects models of the Tenon library.", "tenon");
  app.formatter(std::make_shared<PlainHelp>());
  app::Global global;
  app.set_version_flag("--version", kVersion, "Print the version and exit");
  app.add_flag("--json", global.json, "Print machine-readable lines: one JSON object each");
  app.add_option("--seed", global.seed, "Seed of everything random")->check(is_seed())->capture_default_str();
  app.add_option("--threads", global.threads, "Threads to use; default are the processors of this process")
      ->check(CLI::Range(1, 1024));
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Examples:\n"
      "  tenon train mlp --data /usr/share/datasets/fashion-mnist --out fashion.safetensors\n"
      "  tenon predict fashion.safetensors shirt.png\n"
      "'tenon COMMAND --help' explains a command.");
  app.parse_complete_callback([&] {
    if (global.threads > 0) set_threads(global.threads);
  });
  app::add_train(app, global);
  app::add_eval(app, global);
  app::add_predict(app, global);
  app::add_summary(app, global);
  app::add_inspect(app, global);
  app::add_data(app, global);
  app::add_operators(app, global);
  app::add_formula(app, global);
  app::add_opt(app, global);
  app::add_run(app, global);
  app::add_check(app, global);
  app::add_convert(app, global);
  app::add_bisect(app, global);
  app::add_explain(app, global);
  app::add_roofline(app, global);
  app::add_weights(app, global);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    return usage_error(app, e);
  }
  return kOk;
}

}  // namespace

int main(int argc, char** argv) {
  int code = kOk;
  try {
    code = run(argc, argv);
  } catch (const Error& e) {
    complain(e.what());
    code = kUserError;
  } catch (const std::bad_alloc&) {
    complain("out of memory");
    code = kUserError;
  } catch (const std::exception& e) {
    complain(fmt::format(
        "{}\nThis is a mistake in tenon. Please report it, with the command and the data that led here.", e.what()));
    return kBug;
  }
  if ((std::fflush(stdout) != 0 || std::ferror(stdout)) && code == kOk) {
    complain("the output could not be written");
    code = kUserError;
  }
  return code;
}
