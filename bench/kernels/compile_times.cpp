#include "kernels/compile_times.h"

#include <algorithm>

#include "compile/ceilings.h"
#include "compile/compiler.h"
#include "op/functions.h"

namespace tenon::bench {

namespace {

using Body = std::function<Value(const std::vector<Value>&)>;

Function function_of(const std::vector<Type>& types, const Body& body) {
  Function f{"bench", {}, {}};
  for (const Type& t : types) f.parameters.emplace_back(Node::parameter(t), 0);
  f.results = {body(f.parameters)};
  return f;
}

/// Milliseconds per kernel.
double compile_ms(const Function& f) {
  const double begin = thread_seconds();
  const runtime::ProgramData program = compiler().compile(f, {}, "inference");
  return (thread_seconds() - begin) * 1e3 / static_cast<double>(std::max<std::size_t>(1, program.calls.size()));
}

Type f32(Shape shape) { return {DType::F32, std::move(shape)}; }

/// What models are made of; one kernel each, or a few.
std::vector<Function> functions() {
  using V = std::vector<Value>;
  const auto image = f32({1, 64, 28, 28});
  return {
      function_of({f32({4096}), f32({4096})}, [](const V& x) { return x[0] * 2 + x[1]; }),
      function_of({f32({512, 3072})}, [](const V& x) { return gelu(x[0]); }),
      function_of({f32({512, 3072}), f32({3072})}, [](const V& x) { return relu(x[0] + x[1]); }),
      function_of({f32({999, 77})}, [](const V& x) { return exp(x[0]) * tanh(x[0]); }),
      function_of({f32({6144, 512})}, [](const V& x) { return softmax(x[0]); }),
      function_of({f32({512, 768}), f32({768}), f32({768})}, [](const V& x) { return layer_norm(x[0], x[1], x[2]); }),
      function_of({f32({512, 768})}, [](const V& x) { return sum(x[0], {1}); }),
      function_of({f32({512, 768})}, [](const V& x) { return sum(x[0], {0}); }),
      function_of({f32({512, 768})}, [](const V& x) { return arg_max(x[0], 1); }),
      function_of({f32({1000, 300})}, [](const V& x) { return transpose(x[0]); }),
      function_of({f32({64, 100}), f32({64, 28})}, [](const V& x) { return concatenate<Value>({x[0], x[1]}, 1); }),
      function_of({f32({128, 784}), f32({128, 784}), f32({128})},
                  [](const V& x) { return relu(linear(x[0], x[1], x[2])); }),
      function_of({f32({100, 200}), f32({200, 300})}, [](const V& x) { return matmul(x[0], x[1]); }),
      function_of({image, f32({64, 64, 3, 3})}, [](const V& x) { return conv(x[0], x[1]); }),
      function_of({image}, [](const V& x) { return max_pool(x[0], {.size = {2, 2}}); }),
      function_of({f32({1000, 64}), {DType::I64, {128}}}, [](const V& x) { return gather(x[0], x[1]); }),
  };
}

double median(std::vector<double> values) { return summary_of(std::move(values)).median; }

}  // namespace

double compile_ms_of_kernels() {
  std::vector<double> ms;
  compile_ms(functions().front());  // loads the compiler
  for (const Function& f : functions()) ms.push_back(compile_ms(f));
  return median(std::move(ms));
}

double compile_ms_of_gemm() {
  std::vector<double> ms;
  for (i64 k = 0; k < 9; ++k) {
    const i64 m = 201 + 37 * k, n = 160 + 51 * k, depth = 90 + 61 * k;
    ms.push_back(
        compile_ms(function_of({f32({m, depth}), f32({depth, n})}, [](const auto& x) { return matmul(x[0], x[1]); })));
  }
  return median(std::move(ms));
}

}  // namespace tenon::bench
