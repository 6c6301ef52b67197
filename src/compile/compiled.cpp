// Programs of this process: memory, then disk, then the compiler.
#include <chrono>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/log.h"
#include "compile/build_identity.h"
#include "compile/cache.h"
#include "compile/compiler.h"
#include "compile/special.h"
#include "interpret/bad_index.h"
#include "ir/text.h"
#include "machine/processor.h"
#include "runtime/control.h"

namespace tenon {

namespace {

using ProgramRef = std::shared_ptr<const runtime::Program>;

/// What, beside the function, decides the code: processor and compiler.
std::string environment_key() {
  const Processor& host = host_processor();
  return fmt::format("target {} {} {}\ncompiler {}\n", host.triple, host.cpu, host.features, build_identity());
}

class Programs {
 public:
  ProgramRef find(const Function& f, const Replacements& replacements, std::uint64_t hash) {
    std::scoped_lock lock(mutex_);
    auto [first, last] = by_hash_.equal_range(hash);
    for (; first != last; ++first)
      if (first->second.replacements == replacements && structurally_equal(first->second.function, f))
        return first->second.program;
    return nullptr;
  }
  void add(const Function& f, const Replacements& replacements, std::uint64_t hash, ProgramRef program) {
    std::scoped_lock lock(mutex_);
    by_hash_.emplace(hash, Entry{f, replacements, std::move(program)});
    oldest_first_.push_back(hash);
    if (oldest_first_.size() <= kMost) return;
    by_hash_.erase(by_hash_.find(oldest_first_.front()));
    oldest_first_.pop_front();
  }

 private:
  static constexpr std::size_t kMost = 1024;
  struct Entry {
    Function function;
    Replacements replacements;
    ProgramRef program;
  };
  std::mutex mutex_;
  std::unordered_multimap<std::uint64_t, Entry> by_hash_;
  std::deque<std::uint64_t> oldest_first_;
};

std::string to_text(const Replacements& replacements) {
  std::string s;
  for (const Replacement& r : replacements)
    s += fmt::format("result {} replaces parameter {}\n", r.result, r.parameter);
  return s;
}

/// The kernels know neither operators nor positions, so an error is looked for in the function itself. The parts of it
/// that run for this explain nothing.
runtime::ExplainIndex explainer_of(const Function& f) {
  return [f](std::span<const Array> inputs) {
    static thread_local bool searching = false;
    if (searching) return;
    struct Mark {
      Mark() { searching = true; }
      ~Mark() { searching = false; }
    } mark;
    const auto run = [](const Function& part, std::span<const Array> args) {
      return compiled(part, "an error")->run(args);
    };
    if (auto found = find_bad_index(f, inputs, run)) throw IndexError(found->who, std::move(found->bad));
  };
}

/// Those inside of loops and branches included.
std::size_t kernels_in(const runtime::Region& r) {
  std::size_t count = 0;
  for (const runtime::KernelCall& call : r.calls) {
    count += !call.control;
    if (call.control)
      for (const runtime::Region* inner : call.control->regions()) count += kernels_in(*inner);
  }
  return count;
}

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void check(const Replacements& replacements, const Function& f) {
  std::vector<char> results(f.results.size(), 0), parameters(f.parameters.size(), 0);
  for (const Replacement& r : replacements)
    require(
        r.result < results.size() && r.parameter < parameters.size() && !std::exchange(results[r.result], 1) &&
            !std::exchange(parameters[r.parameter], 1),
        "{}: result {} replaces parameter {}; there are {} results and {} parameters, each of which may be named once",
        f.name, r.result, r.parameter, results.size(), parameters.size());
}

}  // namespace

std::shared_ptr<const runtime::Program> compiled(const Function& f, const std::string& cause,
                                                 const Replacements& replacements) {
  check(replacements, f);
  static Programs programs;
  std::uint64_t hash = f.hash();
  if (ProgramRef known = programs.find(f, replacements, hash)) return known;

  auto start = std::chrono::steady_clock::now();
  static const std::string environment = environment_key();
  std::string key = environment + to_text(replacements) + key_text(f);
  const std::vector<Array> constants = constants_of(f);
  auto data = load_cached(key, constants);
  bool fresh = !data;
  if (fresh) {
    data = compiler().compile(f, replacements);
    store_cached(key, *data, constants);
  }
  auto program = std::make_shared<const runtime::Program>(std::move(*data), &reference_kernel, explainer_of(f));
  log_line("compile", "{} {:016x} {}: {} kernels, arena {} bytes, {:.1f} ms{}{}", f.name, hash,
           fresh ? "compiled" : "loaded from the cache", kernels_in(program->data()), program->data().arena_bytes,
           milliseconds_since(start), cause.empty() ? "" : "; cause: ", cause);
  programs.add(f, replacements, hash, program);
  return program;
}

}  // namespace tenon
