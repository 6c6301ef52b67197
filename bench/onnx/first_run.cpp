#include "onnx/first_run.h"

#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "base/error.h"
#include "base/thread_pool.h"
#include "common/contest.h"
#include "common/line_process.h"
#include "onnx/session.h"
#include "tensor/npy.h"

namespace tenon::bench {

namespace {

namespace fs = std::filesystem;

constexpr int kProcesses = 5;

/// VmRSS or VmHWM of this process in bytes.
double status(const std::string& key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key + ":")) return std::stod(line.substr(key.size() + 1)) * 1024;
  fail("/proc/self/status has no {}", key);
}

FirstRun parse(const std::string& line) {
  FirstRun r;
  std::istringstream in(line);
  require(static_cast<bool>(in >> r.load >> r.first >> r.load_bytes >> r.bytes), "no measurement: '{}'", line);
  return r;
}

FirstRun median_of(const std::function<FirstRun()>& measure) {
  std::vector<FirstRun> all;
  for (int k = 0; k < kProcesses; ++k) all.push_back(measure());
  const auto middle = [&](double FirstRun::* field) {
    std::vector<double> values;
    for (const FirstRun& r : all) values.push_back(r.*field);
    return median(std::move(values));
  };
  return {middle(&FirstRun::load), middle(&FirstRun::first), middle(&FirstRun::load_bytes), middle(&FirstRun::bytes)};
}

FirstRun in_a_process(const ModelCase& c) {
  std::string command = "'" + fs::read_symlink("/proc/self/exe").string() + "' --once '" + c.model + "'";
  for (const std::string& file : c.inputs) command += " '" + file + "'";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  require(pipe != nullptr, "cannot start {}", command);
  char line[256] = "";
  const bool answered = std::fgets(line, sizeof line, pipe) != nullptr;
  require(::pclose(pipe) == 0 && answered, "failed: {}", command);
  return parse(line);
}

}  // namespace

FirstRun our_first_run(const ModelCase& c, Cache cache) {
  const std::string folder = c.inputs.front() + ".cache";
  setenv("TENON_CACHE_DIR", folder.c_str(), 1);
  fs::remove_all(folder);
  if (cache == Cache::Filled) in_a_process(c);
  return median_of([&] {
    if (cache == Cache::Empty) fs::remove_all(folder);
    return in_a_process(c);
  });
}

std::optional<FirstRun> peers_first_run(const ModelCase& c) {
  if (!LineProcess(peer_command()).there()) return std::nullopt;
  return median_of([&] { return parse(LineProcess(peer_command()).ask(peer_question("once", c, 1))); });
}

std::vector<std::string> peer_command() { return {"python3", TENON_BENCH_FOLDER "/onnx/onnxruntime_peer.py"}; }

std::string peer_question(const std::string& what, const ModelCase& c, int threads) {
  std::string question = what + "\t" + c.model + "\t" + std::to_string(threads);
  for (const std::string& file : c.inputs) question += "\t" + file;
  return question;
}

int measure_first_run(int argc, char** argv) {
  set_threads(1);
  const double before = status("VmRSS");
  double grown = 0;
  std::optional<onnx::Session> session;
  const double load = wall_seconds_per_call([&] { session.emplace(onnx::Session::load(argv[2])); }, 1);
  grown = status("VmHWM") - before;
  std::vector<Array> inputs;
  for (int k = 3; k < argc; ++k) inputs.push_back(read_npy(argv[k]));
  const double first = wall_seconds_per_call([&] { session->run(inputs); }, 1);
  std::printf("%.9f %.9f %.0f %.0f\n", load, first, grown, status("VmHWM") - before);
  return 0;
}

}  // namespace tenon::bench
