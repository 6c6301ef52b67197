#include "common/once.h"

namespace tenon::bench {

void add_once(const std::string& name, Case run) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [run = std::move(run)](benchmark::State& state) {
                                 try {
                                   run(state);
                                 } catch (const std::exception& e) {
                                   state.SkipWithError(e.what());
                                 }
                               })
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace tenon::bench
