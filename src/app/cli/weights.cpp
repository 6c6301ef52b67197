// tenon weights: which tensors a file has, and the same tensors as .safetensors.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/common.h"
#include "base/printable.h"
#include "nn/weights.h"
#include "tensor/array_file.h"
#include "tensor/safetensors.h"

namespace tenon::app {

namespace {

struct Weights {
  std::string file, out;
  std::vector<std::string> rules;
};

struct Totals {
  i64 elements = 0, bytes = 0;
};

Totals totals_of(const std::map<std::string, Array>& arrays) {
  Totals sum;
  for (const auto& [name, array] : arrays) {
    sum.elements += array.count();
    sum.bytes += array.bytes();
  }
  return sum;
}

void print_tensors_json(const ArrayFile& file, const std::string& out) {
  for (const auto& [name, array] : file.arrays) {
    nlohmann::ordered_json shape = nlohmann::ordered_json::array();
    for (i64 extent : array.shape()) shape.push_back(extent);
    print_json({{"event", "tensor"},
                {"name", name},
                {"dtype", name_of(array.dtype())},
                {"shape", shape},
                {"bytes", array.bytes()}});
  }
  const Totals sum = totals_of(file.arrays);
  nlohmann::ordered_json done{{"event", "weights"},
                              {"format", name_of(file.format)},
                              {"tensors", file.arrays.size()},
                              {"elements", sum.elements},
                              {"bytes", sum.bytes}};
  if (!out.empty()) done["saved"] = out;
  print_json(done);
}

void print_tensors(const ArrayFile& file, const std::string& out) {
  std::vector<std::vector<std::string>> rows{{"tensor", "type", "shape", "bytes"}};
  for (const auto& [name, array] : file.arrays) {
    rows.push_back(
        {printable_name(name), std::string(name_of(array.dtype())), to_string(array.shape()), grouped(array.bytes())});
  }
  const Totals sum = totals_of(file.arrays);
  print_line(fmt::format("{}{}: {} tensors, {} elements, {} bytes", table(rows), name_of(file.format),
                         grouped(static_cast<i64>(file.arrays.size())), grouped(sum.elements), grouped(sum.bytes)));
  if (!out.empty()) print_line("saved: " + printable(out));
}

void run(const Weights& options, const Global& global) {
  if (!options.out.empty()) require_suffix(options.out, "safetensors", "--out");
  std::vector<nn::WeightRule> rules;
  for (const std::string& text : options.rules) rules.push_back(nn::weight_rule(text));
  ArrayFile file = read_arrays(options.file);
  file.arrays = nn::renamed_weights(file.arrays, rules);
  if (!options.out.empty()) write_safetensors(options.out, {file.arrays, file.metadata});
  if (global.json)
    print_tensors_json(file, options.out);
  else
    print_tensors(file, options.out);
}

}  // namespace

void add_weights(CLI::App& app, const Global& global) {
  auto w = std::make_shared<Weights>();
  CLI::App* c = app.add_subcommand("weights", "List the tensors of a file, and convert them to .safetensors");
  c->add_option("file", w->file, "Tensors of .safetensors, .npz, .npy, or of PyTorch's torch.save")->required();
  c->add_option("-o,--out", w->out, "Write the tensors to this .safetensors file")->type_name("FILE");
  c->add_option("--map", w->rules, "Rename tensors: 'encoder.layers.* -> blocks.*'; see docs/weights.md")
      ->type_name("RULE")
      ->expected(1)
      ->take_all();
  c->footer(
      "Files of PyTorch are read without running anything in them: what they hold beside tensors is left out, and a "
      "file that wants more is refused.\n"
      "Examples:\n"
      "  tenon weights model.pt\n"
      "  tenon weights model.pt --json\n"
      "  tenon weights model.pt --map '*.kernel -> *.weight transposed' --map '*.num_batches_tracked ->' -o "
      "m.safetensors");
  c->callback([w, &global] { run(*w, global); });
}

}  // namespace tenon::app
