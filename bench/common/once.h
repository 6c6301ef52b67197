// Benchmarks that measure themselves, and so run once.
#pragma once
#include <benchmark/benchmark.h>

#include <functional>
#include <string>

namespace tenon::bench {

using Case = std::function<void(benchmark::State&)>;

/// What `run` throws becomes the benchmark's error.
void add_once(const std::string& name, Case run);

}  // namespace tenon::bench
