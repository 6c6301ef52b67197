// ONNX Runtime, in a Python process beside this one, where its wheel is installed.
#include "common/line_process.h"
#include "kernels/contest.h"

namespace tenon::bench {

namespace {

/// Of onnxruntime_peer.py.
LineProcess& process() {
  static LineProcess p({"python3", TENON_BENCH_FOLDER "/kernels/onnxruntime_peer.py"});
  return p;
}

bool has_kind(const std::string& kind) {
  for (const char* known : {"softmax", "layer_norm", "gelu", "exp", "bias_relu", "add"})
    if (kind == known) return true;
  return false;
}

std::optional<Contestant> prepare(const Problem& p) {
  if (!has_kind(p.kind) || !process().there()) return std::nullopt;
  std::string question = "make " + p.kind;
  for (const Dim d : p.out.shape) question += " " + to_string(d);
  if (process().ask(question) != "made") return std::nullopt;
  Contestant c{"ONNX Runtime", [] {}, {}};
  // Its own clock counts: the way there and back is not the kernel's.
  c.seconds = [](int calls) { return std::stod(process().ask("run " + std::to_string(calls))); };
  return c;
}

const AddPeer added("ONNX Runtime", prepare);

}  // namespace

}  // namespace tenon::bench
