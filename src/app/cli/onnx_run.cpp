// tenon run of an ONNX model.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "app/cli/function_file.h"
#include "app/cli/onnx_extents.h"
#include "app/cli/run.h"
#include "base/suggest.h"
#include "interpret/interpret.h"
#include "onnx/session.h"
#include "onnx/tensors.h"
#include "op/sample_data.h"
#include "tensor/npy.h"

namespace tenon::app {

namespace {

using onnx::Port;
using onnx::Session;

std::string ports_text(const std::vector<Port>& ports) {
  std::string text;
  for (const Port& p : ports) text += fmt::format("\n  {}: {}", p.name, onnx::to_text(p.type));
  return text;
}

/// What an engineer must know to run it.
std::string needs(const std::string& path, const Session& session) {
  std::string inputs;
  for (const Port& p : session.inputs()) inputs += fmt::format(" --input {}=FILE.npy", p.name);
  return fmt::format("{} needs inputs:{}\nand gives:{}\nRun it with\n  tenon run {}{}\nor with --random", path,
                     ports_text(session.inputs()), ports_text(session.outputs()), path, inputs);
}

/// What the elements of a tensor are to be.
std::optional<DType> element_of(const Port& p) {
  if (!p.type.has_tensor_type()) return {};
  return onnx::dtype_of_onnx(p.type.tensor_type().elem_type());
}

Array random_value(const Port& p, const DimValues& extents, std::uint64_t seed) {
  auto type = onnx::type_of(p.type, p.name);
  require(type.has_value(), "input '{}' is a {}, for which there are no random values; give it with --input", p.name,
          onnx::to_text(p.type));
  const Type t = with_values(*type, extents);
  require(t.is_dense() && t.dtype != DType::Str,
          "input '{}' is {}, for which there are no random values; give it with "
          "--input",
          p.name, onnx::to_text(p.type));
  require(is_concrete(t), "input '{}' is {}: give its unknown extents with --dim NAME=N", p.name,
          onnx::to_text(p.type));
  SampleInput range{t};
  if (!is_float(t.dtype)) range.low = 0;  // 0 and 1 are positions in nearly everything
  return sample_data(std::vector<SampleInput>{range}, seed)[0];
}

std::vector<Array> arrays_for(const Session& session, const RunOptions& o, const Global& global) {
  std::map<std::string, Array> given;
  std::vector<std::string> names;
  for (const Port& p : session.inputs()) names.push_back(p.name);
  for (const std::string& input : o.inputs) {
    const auto [name, path] = name_and_path(input, "--input");
    const auto place = std::ranges::find(names, name);
    require(place != names.end(), "--input: the model has no input '{}'; there are: {}", name, listed(names));
    const Port& port = session.inputs()[static_cast<std::size_t>(place - names.begin())];
    require(given.emplace(name, read_npy(path, element_of(port))).second, "--input: '{}' is given twice", name);
  }
  const DimValues extents = extents_of_model(session.model(), o.extents);
  std::vector<Array> in;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const auto found = given.find(names[k]);
    if (found != given.end()) {
      in.push_back(found->second);
      continue;
    }
    require(o.random, "input '{}', {}, has no value; give it with --input {}=FILE.npy, or use --random", names[k],
            onnx::to_text(session.inputs()[k].type), names[k]);
    in.push_back(random_value(session.inputs()[k], extents, global.seed + k));
  }
  return in;
}

/// Characters that a file name cannot hold are replaced; equal names get a number.
std::string file_name(const std::string& output, std::set<std::string>& used) {
  std::string name;
  for (const char c : output) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
    name += plain ? c : '_';
  }
  if (name.empty() || name[0] == '.') name.insert(0, "_");
  name.resize(std::min<std::size_t>(name.size(), 200));
  std::string unique = name;
  for (int k = 2; !used.insert(unique).second; ++k) unique = fmt::format("{}.{}", name, k);
  return unique;
}

/// Sequences and optionals as one file for each element.
void write_result(const std::string& base, const Array& a, std::vector<std::string>& files) {
  if (a.is_dense()) {
    files.push_back(base + ".npy");
    return write_npy(files.back(), a);
  }
  for (std::size_t k = 0; k < a.parts().size(); ++k) write_result(fmt::format("{}.{}", base, k), a.parts()[k], files);
}

void write_results(const Session& session, const std::vector<Array>& results, const RunOptions& o,
                   const Global& global) {
  const std::filesystem::path folder(o.output_dir);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require(std::filesystem::is_directory(folder), "--output-dir: {} is no folder and cannot be made", o.output_dir);
  std::set<std::string> used;
  for (std::size_t k = 0; k < results.size(); ++k) {
    const std::string& name = session.outputs()[k].name;
    std::vector<std::string> files;
    write_result((folder / file_name(name, used)).string(), results[k], files);
    if (global.json)
      print_json({{"event", "output"}, {"name", name}, {"type", to_string(results[k].type())}, {"files", files}});
    else
      print_line(fmt::format("{}: {} -> {}", name, results[k].type(),
                             files.empty() ? "nothing, as it has no elements" : listed(files)));
  }
}

double ms_since(std::chrono::steady_clock::time_point from) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count();
}

/// The first run compiles; another one warms the caches; then `repeat` are measured.
void measure(const Session& session, const std::vector<Array>& in, double load_ms, double first_ms, i64 repeat,
             const Global& global) {
  std::vector<double> ms;
  for (i64 k = -1; k < repeat; ++k) {
    const auto from = std::chrono::steady_clock::now();
    session.run(in);
    if (k >= 0) ms.push_back(ms_since(from));
  }
  std::ranges::sort(ms);
  const auto at = [&](double share) {
    return ms[static_cast<std::size_t>(share * static_cast<double>(ms.size() - 1))];
  };
  const double median = at(0.5), low = at(0.25), high = at(0.75);
  if (global.json)
    return print_json({{"event", "timing"},
                       {"runs", repeat},
                       {"load_ms", load_ms},
                       {"first_ms", first_ms},
                       {"median_ms", median},
                       {"lowest_ms", ms.front()},
                       {"middle_half_ms", {low, high}}});
  print_line(
      fmt::format("{} runs: median {:.3f} ms, the middle half {:.3f} to {:.3f}, lowest {:.3f}; loading took "
                  "{:.1f} ms, the first run {:.1f} ms",
                  repeat, median, low, high, ms.front(), load_ms, first_ms));
}

}  // namespace

bool is_onnx(const std::string& path) { return path.ends_with(".onnx"); }

void run_onnx(const RunOptions& o, const Global& global) {
  require(o.outputs.empty(), "--output: of an ONNX model all outputs are written, to --output-dir");
  const auto start = std::chrono::steady_clock::now();
  const Session session = Session::load(o.file);
  const double load_ms = ms_since(start);
  if (o.inputs.empty() && !o.random && !session.inputs().empty()) fail("{}", needs(o.file, session));
  const std::vector<Array> in = arrays_for(session, o, global);
  const auto first = std::chrono::steady_clock::now();
  const std::vector<Array> results = o.interpreted ? interpret(session.function_for(in), in) : session.run(in);
  const double first_ms = ms_since(first);
  write_results(session, results, o, global);
  if (o.repeat > 0) measure(session, in, load_ms, first_ms, o.repeat, global);
}

}  // namespace tenon::app
