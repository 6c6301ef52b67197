// The code of docs/tensors.md. Without an argument all parts run; with one, the part of that name.
#include <fmt/format.h>

#include <map>

#include "eager/grad.h"
#include "eager/jit.h"
#include "nn/embedding.h"
#include "op/functions.h"
#include "optim/adam.h"

namespace {

using namespace tenon;

void lazy() {
  // [lazy]
  Tensor x = Tensor::from({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {2, 3});
  Tensor y = x - mean(x, {1}, true);  // two nodes are recorded, nothing is computed
  Tensor z = maximum(2 * y, 0.5);
  fmt::print("{} {}\n", z.type(), z.evaluated() ? "computed" : "recorded");
  fmt::print("{}\n", to_string(z));  // compiles what was recorded, and runs it
  fmt::print("{}\n", z.evaluated() ? "computed" : "recorded");
  // []
}

void types() {
  // [types]
  Tensor counts = Tensor::from({1, 2, 3}, {3});  // i32
  Tensor halves = cast(counts, DType::F16) / 2;  // a number takes the type of the tensor beside it
  Tensor both = halves + Tensor::ones({3, 1});   // f16 with f32 is f32; [3] with [3,1] is [3,3]
  Tensor large = counts > 1;
  fmt::print("{}, {}, {}\n", halves.type(), both.type(), large.type());
  // []
}

void views() {
  // [views]
  Array a = Array::from({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {2, 3});
  Array column = a.sliced(1, 2, 3), flipped = a.transposed({1, 0});
  a.set(5, 60.0);  // both see it: they share the storage
  fmt::print("{} {} strides {}\n", to_string(column), to_string(flipped), flipped.strides());
  // []
}

void errors() {
  // [errors]
  try {
    Tensor product = matmul(Tensor::zeros({2, 3}), Tensor::zeros({4, 5}));
  } catch (const Error& e) {
    fmt::print("{}\n", e.what());
  }
  // []
}

void gradients() {
  // [gradients]
  Tensor x = Tensor::scalar(3, DType::F64);
  Tensor y = x * x * x;
  Tensor dy = grad(y, {x})[0];  // nodes of the same graph, lazy as any others
  Tensor ddy = grad(dy, {x})[0];
  fmt::print("{} {} {}\n", y.item(), dy.item(), ddy.item());
  // []
}

void rates() {
  // [rates]
  Parameter w("w", Tensor::from({4.f, -2.f}, {2}));
  for (double rate : {0.1, 0.05, 0.025}) {
    Tensor loss = sum(square(w.value()));
    w.set(w.value() - rate * grad(loss, {w})[0]);
    fmt::print("{:.4f}\n", loss.item());
  }
  // []
}

void shapes() {
  // [shapes]
  for (i64 rows : {4, 4, 5}) {
    Tensor x = Tensor::ones({rows, 3});
    fmt::print("{}\n", sum(x * 2).item());
  }
  // []
}

void compiled_step() {
  // [jit]
  Parameter weight("weight", Tensor::zeros({1, 2})), bias("bias", Tensor::zeros({1}));
  Jit step = jit(
      [&](std::span<const Tensor> args) -> std::vector<Tensor> {
        const Tensor &x = args[0], &y = args[1], &rate = args[2];
        Tensor loss = mse(linear<Tensor>(x, weight, bias), y);
        backward(loss, std::vector{weight, bias});
        for (Parameter p : {weight, bias}) p.set(p.value() - rate * p.grad());
        return {loss};
      },
      {weight, bias}, "step");

  Tensor x = Tensor::from({0.f, 0.f, 0.f, 1.f, 1.f, 0.f, 1.f, 1.f}, {4, 2});
  Tensor y = Tensor::from({1.f, 3.f, 0.f, 2.f}, {4, 1});  // y = 2 x1 - x0 + 1
  for (int k = 0; k < 300; ++k) step({x, y, Tensor::scalar(k < 200 ? 0.5 : 0.1)});
  std::vector<float> w = weight.value().to_vector<float>();
  fmt::print("{:.3f} x0 + {:.3f} x1 + {:.3f} after {} trace\n", w[0], w[1], bias.value().item(), step.traces());
  // []
}

void large_tables() {
  // [rows]
  nn::Embedding words(50'000, 64, {.sparse = true});
  optim::Adam adam(words.parameters(), {{.lr = 0.01}});
  std::vector<Parameter> state = words.state();
  state.insert(state.end(), adam.state().begin(), adam.state().end());
  Jit step = jit(
      [&](std::span<const Tensor> ids) -> std::vector<Tensor> {
        Tensor loss = mean(square(words(ids[0])));
        backward(loss, words.parameters());
        adam.step();
        return {loss};
      },
      state);
  Tensor ids = Tensor::from<i64>({7, 31'415, 7, 2}, {2, 2});
  for (int k = 0; k < 3; ++k) step({ids});
  reset_peak_memory();
  const i64 before = memory_use().live;
  step({ids});  // reads and writes three rows of the table, and of the two moments of Adam
  const bool copies = memory_use().peak - before > words.weight().value().data().bytes();
  fmt::print("{} rows of 64, {}\n", words.count(), copies ? "copied" : "changed where they lie");
  // []
}

void one_by_one() {
  // [immediate]
  set_immediate(true);
  Tensor logarithm = log(Tensor::scalar(0));
  fmt::print("{}: {}\n", logarithm.evaluated() ? "computed" : "recorded", logarithm.item());
  set_immediate(false);
  // []
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, void (*)()> parts{
      {"lazy", lazy},   {"types", types},   {"views", views},       {"errors", errors},        {"gradients", gradients},
      {"rates", rates}, {"shapes", shapes}, {"jit", compiled_step}, {"immediate", one_by_one}, {"rows", large_tables}};
  if (argc > 1) return parts.at(argv[1])(), 0;
  for (const auto& [name, part] : parts) part();
}
