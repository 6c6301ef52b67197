// tenon roofline: what this machine can do at best.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/common.h"
#include "compile/ceilings.h"

namespace tenon::app {

namespace {

using nlohmann::ordered_json;

std::string giga(const Measured& m) { return fmt::format("{:.1f}", m.median / 1e9); }
std::string spread(const Measured& m) { return fmt::format("{:.1f} %", 100 * m.spread); }

/// Cells of a rate on one core and, where there are more, on all threads.
void add_rates(std::vector<std::string>& row, const Measured& one, const Measured& all, int threads) {
  row.insert(row.end(), {giga(one), spread(one)});
  if (threads > 1) row.insert(row.end(), {giga(all), spread(all), fmt::format("{:.2f}x", all.median / one.median)});
}

std::vector<std::string> heading(std::string what, std::string how, const std::string& unit, int threads) {
  std::vector<std::string> row{std::move(what), std::move(how), unit + ", one core", "spread"};
  if (threads > 1) row.insert(row.end(), {fmt::format("{} threads", threads), "spread", "scaling"});
  return row;
}

std::string size_text(i64 bytes) {
  return bytes >= 1 << 20 ? fmt::format("{} MiB", bytes >> 20) : fmt::format("{} KiB", bytes >> 10);
}

void print_text(const Ceilings& c) {
  print_line(c.processor);
  std::vector<std::vector<std::string>> rows{heading("\nproducts", "by", "GOP/s", c.threads)};
  for (const ComputePeak& p : c.compute) {
    rows.push_back({std::string(name_of(p.type)), p.instruction});
    add_rates(rows.back(), p.one, p.all, c.threads);
  }
  print_line(table(rows));
  rows = {heading("memory", "of", "GB/s", c.threads)};
  rows[0].emplace_back("f32 balance");
  for (const MemoryLevel& level : c.memory)
    for (const Bandwidth& b : level.bandwidths) {
      rows.push_back({fmt::format("{} {}", level.name, access_name(b.access)), size_text(level.working_set)});
      add_rates(rows.back(), b.one, b.all, c.threads);
      rows.back().push_back(fmt::format("{:.2f}", c.peak(DType::F32) / b.one.median));
    }
  print_line(table(rows));
  if (c.threads > 1)
    print_line(fmt::format("a parallel loop over {} threads begins and ends in {:.2f} us (spread {})", c.threads,
                           c.fork_join.median * 1e6, spread(c.fork_join)));
  if (c.disturbed)
    print_line(fmt::format("other programs kept processors busy: the figures of {} threads are too low", c.threads));
}

ordered_json to_json(const Measured& m) {
  return {{"median", m.median}, {"lowest", m.lowest}, {"highest", m.highest}, {"spread", m.spread}};
}

void print_object(const Ceilings& c) {
  ordered_json compute = ordered_json::array(), memory = ordered_json::array();
  for (const ComputePeak& p : c.compute)
    compute.push_back({{"type", name_of(p.type)},
                       {"instruction", p.instruction},
                       {"one_core", to_json(p.one)},
                       {"all_threads", to_json(p.all)}});
  for (const MemoryLevel& level : c.memory) {
    ordered_json accesses = ordered_json::array();
    for (const Bandwidth& b : level.bandwidths)
      accesses.push_back(
          {{"access", access_name(b.access)}, {"one_core", to_json(b.one)}, {"all_threads", to_json(b.all)}});
    memory.push_back({{"level", level.name},
                      {"cache_bytes", level.size},
                      {"working_set_bytes", level.working_set},
                      {"shared", level.shared},
                      {"bytes_per_second", accesses}});
  }
  print_json({{"event", "roofline"},
              {"processor", c.processor},
              {"threads", c.threads},
              {"operations_per_second", compute},
              {"memory", memory},
              {"fork_join_seconds", to_json(c.fork_join)},
              {"disturbed", c.disturbed}});
}

}  // namespace

void add_roofline(CLI::App& app, const Global& global) {
  CLI::App* c = app.add_subcommand("roofline", "Measure what this machine can do at best");
  c->footer(
      "Takes a few seconds: products of each type, every level of memory, on one core and on all threads.\n"
      "docs/roofline.md says what the columns mean.\n"
      "Examples:\n"
      "  tenon roofline\n"
      "  tenon roofline --threads 1 --json");
  c->callback([&global] {
    const Ceilings measured = measure_ceilings(show_progress);
    global.json ? print_object(measured) : print_text(measured);
  });
}

}  // namespace tenon::app
