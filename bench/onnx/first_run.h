// What a fresh process needs from a model's file to its first result.
#pragma once
#include <optional>
#include <string>

#include "onnx/models.h"

namespace tenon::bench {

struct FirstRun {
  double load = 0, first = 0;        ///< seconds
  double load_bytes = 0, bytes = 0;  ///< by which the process grew at most, while loading and over all
};

enum class Cache { Empty, Filled };

/// Medians over several processes. `Empty`: nothing is compiled yet.
FirstRun our_first_run(const ModelCase& c, Cache cache);
/// Nothing where ONNX Runtime is not installed.
std::optional<FirstRun> peers_first_run(const ModelCase& c);

/// The command of onnxruntime_peer.py.
std::vector<std::string> peer_command();
/// "what<tab>model<tab>threads<tab>input…", as onnxruntime_peer.py reads it.
std::string peer_question(const std::string& what, const ModelCase& c, int threads);

/// What this program does, in a process of its own, with "--once MODEL INPUT…": prints a FirstRun's four numbers.
int measure_first_run(int argc, char** argv);

}  // namespace tenon::bench
