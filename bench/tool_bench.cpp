// What a user of the command line waits for: start-up, a prediction with compiled code at hand, an epoch of training.
#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr const char* kData = "/usr/share/datasets/fashion-mnist";

/// The tool beside this program.
std::string tool() { return (fs::read_symlink("/proc/self/exe").parent_path() / "tenon").string(); }

/// Standard output of a shell command; throws where it fails.
std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start: " + command);
  std::string text;
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  if (int status = ::pclose(pipe); !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("failed: " + command);
  return text;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// Median wall time of the command, shell included, in milliseconds.
double milliseconds(const std::string& command) {
  output_of(command);
  std::vector<double> times;
  for (int k = 0; k < 15; ++k) {
    auto start = std::chrono::steady_clock::now();
    output_of(command);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  return median(times);
}

/// A trained model and a picture in a folder that goes with this program.
class Workplace {
 public:
  Workplace() : folder_(fs::temp_directory_path() / ("tenon-bench-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
    log_ = output_of(tool() + " --threads 1 train mlp --data " + kData + " --epochs 4 --quiet --json --out " + model());
    output_of(tool() + " data " + kData + " --export 1 --to " + folder_.string());
  }
  ~Workplace() { fs::remove_all(folder_); }
  std::string model() const { return (folder_ / "model.safetensors").string(); }
  std::string picture() const { return folder_.string() + "/test-0-*.png"; }

  /// Median seconds of an epoch but the first, which compiles.
  double epoch_seconds() const {
    std::vector<double> seconds;
    for (std::size_t at = 0; at < log_.size();) {
      std::size_t end = std::min(log_.find('\n', at), log_.size());
      auto line = nlohmann::json::parse(log_.substr(at, end - at));
      if (line.at("event") == "epoch" && line.at("epoch") > 1) seconds.push_back(line.at("seconds"));
      at = end + 1;
    }
    return median(seconds);
  }

 private:
  fs::path folder_;
  std::string log_;
};

Workplace& workplace() {
  static Workplace w;
  return w;
}

void report(benchmark::State& state, const char* unit, double value, double target) {
  for (auto _ : state) benchmark::DoNotOptimize(value);
  state.counters[std::string("value:") + unit] = value;
  state.counters["target"] = target;
}

bool has_data(benchmark::State& state) {
  if (fs::exists(kData)) return true;
  state.SkipWithError("the package dataset-fashion-mnist is not installed");
  return false;
}

void version(benchmark::State& state) { report(state, "ms", milliseconds("exec " + tool() + " --version"), 10); }
void predict(benchmark::State& state) {
  if (!has_data(state)) return;
  report(state, "ms", milliseconds("exec " + tool() + " predict " + workplace().model() + " " + workplace().picture()),
         40);
}
void epoch(benchmark::State& state) {
  if (has_data(state)) report(state, "s", workplace().epoch_seconds(), 0.8);
}
BENCHMARK(version)->Name("tenon --version")->Iterations(1);
BENCHMARK(predict)->Name("tenon predict")->Iterations(1);
BENCHMARK(epoch)->Name("epoch of the reference MLP on one core")->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
