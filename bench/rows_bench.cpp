// A training step on a table of embeddings, of which it looks up a hundred rows: with gradients that name their rows,
// and with dense ones.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "base/rng.h"
#include "eager/grad.h"
#include "eager/jit.h"
#include "op/functions.h"
#include "optim/adam.h"
#include "optim/sgd.h"

namespace tenon {
namespace {

constexpr i64 kWidth = 64, kIds = 100;

struct Step {
  Parameter table;
  std::shared_ptr<optim::Optimizer> optimizer;
  Tensor ids;
  Jit step;

  Step(i64 rows, bool sparse, bool adam)
      : table("table", Tensor::zeros({rows, kWidth})), ids(random_ids(rows)), step(jit(nullptr)) {
    const std::vector<Parameter> parameters{table};
    if (adam)
      optimizer = std::make_shared<optim::Adam>(parameters, optim::AdamOptions{{.lr = 0.01}});
    else
      optimizer = std::make_shared<optim::Sgd>(parameters, optim::SgdOptions{{.lr = 0.01}});
    std::vector<Parameter> state = optimizer->state();
    state.push_back(table);
    step = jit(
        [this, sparse](std::span<const Tensor> in) -> std::vector<Tensor> {
          const Tensor loss = mean(square(lookup<Tensor>(table, in[0], sparse) - 1));
          backward(loss, optimizer->parameters());
          optimizer->step();
          return {loss};
        },
        state);
  }

  static Tensor random_ids(i64 rows) {
    Array a(DType::I64, {kIds});
    Rng rng(1);
    for (i64& id : a.values<i64>()) id = static_cast<i64>(rng.below(static_cast<std::uint64_t>(rows)));
    return Tensor(std::move(a));
  }

  /// The median of many steps, in microseconds, without the first ones.
  double microseconds(int steps) {
    std::vector<double> times;
    for (int k = 0; k < steps + 3; ++k) {
      const auto start = std::chrono::steady_clock::now();
      benchmark::DoNotOptimize(step({ids}));
      const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
      if (k >= 3) times.push_back(spent.count());
    }
    std::ranges::nth_element(times, times.begin() + steps / 2);
    return times[static_cast<std::size_t>(steps / 2)];
  }
};

void train(benchmark::State& state, bool adam) {
  const i64 rows = state.range(0);
  double sparse = 0, dense = 0;
  for (auto _ : state) {
    sparse = Step(rows, true, adam).microseconds(200);
    dense = Step(rows, false, adam).microseconds(9);
  }
  state.counters["value:us"] = sparse;
  state.counters["peer:dense gradients"] = dense;
}

void sizes(benchmark::internal::Benchmark* b) {
  for (i64 rows : {10'000, 100'000, 1'000'000}) b->Arg(rows);
  b->Unit(benchmark::kMillisecond)->Iterations(1);
}

BENCHMARK_CAPTURE(train, sgd, false)->Name("100 rows by sgd of")->Apply(sizes);
BENCHMARK_CAPTURE(train, adam, true)->Name("100 rows by adam of")->Apply(sizes);

}  // namespace
}  // namespace tenon

BENCHMARK_MAIN();
