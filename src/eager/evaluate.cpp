#include "eager/evaluate.h"

#include <mutex>
#include <unordered_map>

#include "compile/executable.h"
#include "eager/trace.h"

namespace tenon {

namespace {

PendingSource pending_source = nullptr;

struct KeyHash {
  std::size_t operator()(const std::array<std::uint64_t, 2>& k) const { return k[0]; }
};
using ProgramRef = std::shared_ptr<const Executable>;

/// Why recorded code was compiled again, and whether to warn: the same operators on ever new types.
class Retraces {
 public:
  std::string cause(const Recording& r) {
    std::vector<Type> types;
    for (const Value& leaf : r.leaves()) types.push_back(leaf.type());
    Seen& seen = seen_[r.skeleton()];
    std::string why = seen.count == 0 ? "new code" : difference(seen.types, types);
    seen.types = std::move(types);
    warn_of_recompiling(fmt::format("the same {} operators have", r.nodes()), ++seen.count, why);
    return why;
  }

 private:
  struct Seen {
    int count = 0;
    std::vector<Type> types;
  };
  static std::string difference(const std::vector<Type>& before, const std::vector<Type>& now) {
    for (std::size_t k = 0; k < before.size() && k < now.size(); ++k)
      if (!(before[k] == now[k])) return fmt::format("leaf {} was {} and is {}", k, before[k], now[k]);
    return "an attribute changed";
  }
  std::unordered_map<std::uint64_t, Seen> seen_;
};

ProgramRef program_for(const Recording& recording) {
  static std::mutex mutex;
  static std::unordered_map<std::array<std::uint64_t, 2>, ProgramRef, KeyHash> known;
  static Retraces retraces;
  constexpr std::size_t kMost = 1024;
  std::scoped_lock lock(mutex);
  if (auto it = known.find(recording.key()); it != known.end()) return it->second;
  if (known.size() >= kMost) known.clear();
  std::string cause = retraces.cause(recording);
  return known[recording.key()] = executable(recording.function("recorded"), cause);
}

/// A node settles whole: each node of `roots` once, with all its outputs.
std::vector<Value> with_sibling_outputs(const std::vector<Value>& roots) {
  std::vector<Value> all;
  NodeMap<bool> seen(roots.size());
  for (const Value& v : roots) {
    if (!seen.try_emplace(v.node().get(), true).second) continue;
    for (std::size_t k = 0; k < v.node()->outputs(); ++k) all.push_back({v.node(), static_cast<std::int32_t>(k)});
  }
  return all;
}

}  // namespace

void set_pending_source(PendingSource source) { pending_source = source; }

namespace {

/// Evaluates what is not settled yet, all in one program.
void settle(std::vector<Value> roots) {
  roots = with_sibling_outputs(roots);
  Recording recording(roots);
  require(recording.parameter() == nullptr,
          "a value depends on a placeholder of a jit-compiled function that has returned; return it from the function");
  ProgramRef program = program_for(recording);
  std::vector<Array> inputs;
  inputs.reserve(recording.leaves().size());
  for (const Value& leaf : recording.leaves()) inputs.push_back(leaf.node()->result(leaf.output()));
  std::vector<Array> outputs = program->run(inputs);
  for (std::size_t k = 0; k < roots.size(); k += roots[k].node()->outputs()) {
    Node& node = *roots[k].node();
    auto first = outputs.begin() + static_cast<std::ptrdiff_t>(k);
    node.settle({first, first + static_cast<std::ptrdiff_t>(node.outputs())});
  }
}

}  // namespace

void evaluate(std::vector<Value> roots) {
  require(!Tracing::active(),
          "a value is read inside of a jit-compiled function, where there is none yet; return it from the function");
  std::erase_if(roots, [](const Value& v) { return v.node()->is_settled(); });
  std::vector<Value> all = roots;
  if (pending_source)
    for (Value& v : pending_source()) all.push_back(std::move(v));
  if (all.empty()) return;
  const bool joined = !roots.empty() && all.size() > roots.size();
  try {
    settle(std::move(all));
  } catch (const Error&) {
    if (!joined) throw;
    settle(std::move(roots));  // a failing update of a parameter is the error of those who read that parameter
  }
}

}  // namespace tenon
