// tenon operators: the reference of the operators.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/common.h"
#include "base/file.h"
#include "base/suggest.h"
#include "op/catalogue.h"
#include "op/sample_data.h"

namespace tenon::app {

namespace {

struct Operators {
  std::string name, folder;
};

const Catalogued& named(const std::string& name) {
  std::vector<std::string_view> known;
  for (const Catalogued& c : catalogue()) {
    if (c.info->name == name) return c;
    known.push_back(c.info->name);
  }
  fail("no operator is called '{}'{}; 'tenon operators' lists them", name, suggestion(name, known));
}

void print_object(const Catalogued& c) {
  auto attributes = nlohmann::ordered_json::array(), constraints = attributes, samples = attributes;
  const OpRef plain = c.info->make({});
  for (const Field& f : plain->fields())
    attributes.push_back({{"name", f.name}, {"kind", kind_of(f.value)}, {"default", default_text(f.value)}});
  for (const Constraint& one : c.constraints())
    constraints.push_back(
        {{"text", one.text}, {"example", brief_call(*one.op, one.operands)}, {"refusal", one.refusal()}});
  for (const Sample& s : c.info->samples()) samples.push_back(brief_call(*s.op, types_of(s)));
  print_json({{"event", "operator"},
              {"name", c.info->name},
              {"family", c.family},
              {"doc", c.info->doc},
              {"meaning", meaning_of(*plain)},
              {"attributes", attributes},
              {"constraints", constraints},
              {"samples", samples}});
}

void list_all() {
  std::string_view family;
  for (const Catalogued& c : catalogue()) {
    if (c.family != family) print_line(fmt::format("{}{}", family.empty() ? "" : "\n", c.family));
    family = c.family;
    print_line(fmt::format("  {:<24} {}", c.info->name, brief(*c.info)));
  }
  print_line("\n" + totals());
}

void write_pages(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require(!error, "--markdown: {} cannot be made: {}", folder, error.message());
  const auto path = [&](std::string_view name) { return (std::filesystem::path(folder) / name).string() + ".md"; };
  for (const Catalogued& c : catalogue()) write_file_atomically(path(c.info->name), reference_page(c));
  write_file_atomically(path("README"), reference_index());
}

void run(const Operators& o, const Global& global) {
  if (!o.folder.empty()) return write_pages(o.folder);
  if (o.name.empty() && !global.json) return list_all();
  if (!o.name.empty() && !global.json) return print_line(reference_page(named(o.name)));
  if (!o.name.empty()) return print_object(named(o.name));
  for (const Catalogued& c : catalogue()) print_object(c);
}

}  // namespace

void add_operators(CLI::App& app, const Global& global) {
  auto o = std::make_shared<Operators>();
  CLI::App* c = app.add_subcommand("operators", "List the operators, or show what one of them does");
  CLI::Option* name = c->add_option("name", o->name, "An operator");
  c->add_option("--markdown", o->folder, "Write the pages of all of them into a folder")
      ->type_name("DIR")
      ->excludes(name);
  c->footer(
      "Examples:\n"
      "  tenon operators conv\n"
      "  tenon operators\n"
      "  tenon operators conv --json");
  c->callback([o, &global] { run(*o, global); });
}

}  // namespace tenon::app
