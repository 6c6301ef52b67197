// ONNX Runtime, in a Python process beside this one, where its wheel is installed.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "base/error.h"
#include "kernels/contest.h"

namespace tenon::bench {

namespace {

/// The process of onnxruntime_peer.py: it answers each line on its input with one.
class Process {
 public:
  static Process& instance() {
    static Process p;
    return p;
  }
  bool there() const { return in_ != nullptr; }

  /// Empty: it went away.
  std::string ask(const std::string& question) {
    if (!there()) return {};
    std::fputs((question + "\n").c_str(), out_);
    std::fflush(out_);
    char line[256];
    return std::fgets(line, sizeof line, in_) == nullptr ? std::string() : std::string(line);
  }

 private:
  Process() {
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) return;
    const pid_t child = fork();
    if (child == 0) {
      dup2(to[0], STDIN_FILENO);
      dup2(from[1], STDOUT_FILENO);
      for (const int end : {to[0], to[1], from[0], from[1]}) close(end);
      execlp("python3", "python3", TENON_BENCH_FOLDER "/kernels/onnxruntime_peer.py", nullptr);
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    if (child < 0) return;
    out_ = fdopen(to[1], "w");
    in_ = fdopen(from[0], "r");
    if (ask("hello") == "ready\n") return;
    std::fclose(in_);
    in_ = nullptr;
    waitpid(child, nullptr, 0);
  }

  std::FILE *in_ = nullptr, *out_ = nullptr;
};

bool has_kind(const std::string& kind) {
  for (const char* known : {"softmax", "layer_norm", "gelu", "exp", "bias_relu", "add"})
    if (kind == known) return true;
  return false;
}

std::optional<Contestant> prepare(const Problem& p) {
  if (!has_kind(p.kind) || !Process::instance().there()) return std::nullopt;
  std::string question = "make " + p.kind;
  for (const Dim d : p.out.shape) question += " " + to_string(d);
  const std::string made = Process::instance().ask(question);
  if (made != "made\n") return std::nullopt;
  Contestant c{"ONNX Runtime", [] {}, {}};
  // Its own clock counts: the way there and back is not the kernel's.
  c.seconds = [](int calls) {
    const std::string answer = Process::instance().ask("run " + std::to_string(calls));
    require(!answer.empty(), "the process of ONNX Runtime ended");
    return std::stod(answer);
  };
  return c;
}

const AddPeer added("ONNX Runtime", prepare);

}  // namespace

}  // namespace tenon::bench
