// The code and the dumps of docs/life-of-a-program.md: prints the stage whose name is given, or the names of all.
#include <fmt/format.h>

#include "autodiff/reverse.h"
#include "compile/compiler.h"
#include "eager/tensor.h"
#include "ir/text.h"
#include "op/control/function.h"
#include "op/functions.h"

namespace {

using namespace tenon;

// [record]
Function recorded() {
  auto placeholder = [](const char* name, DType dtype, Shape shape) {
    return Tensor(Value(Node::parameter({dtype, std::move(shape)}, name), 0));
  };
  Tensor x = placeholder("x", DType::F32, {8, 6}), labels = placeholder("labels", DType::I64, {8});
  Tensor w1 = placeholder("w1", DType::F32, {4, 6}), b1 = placeholder("b1", DType::F32, {4});
  Tensor w2 = placeholder("w2", DType::F32, {3, 4}), b2 = placeholder("b2", DType::F32, {3});

  Tensor hidden = relu(linear(x, w1, b1));
  Tensor loss = cross_entropy(linear(hidden, w2, b2), labels);

  return {"mlp", {x.value(), labels.value(), w1.value(), b1.value(), w2.value(), b2.value()}, {loss.value()}};
}
// []

// [differentiate]
Function differentiated() { return with_gradients(recorded(), std::vector<std::size_t>{2, 3, 4, 5}); }
// []

// [loop]
Function loop() {
  auto placeholder = [](Shape shape) { return Value(Node::parameter({DType::F32, std::move(shape)}), 0); };
  Value h = placeholder({2, 4}), x = placeholder({10, 2, 4}), w = placeholder({4, 4});
  FunctionPtr cell = make_function("cell", {h.type(), {DType::F32, {2, 4}}, w.type()}, [](std::span<const Value> p) {
    Value next = tanh(linear(p[0], p[2]) + p[1]);
    return std::vector<Value>{next, next};
  });
  return {"recurrent", {h, x, w}, scan<Value>(cell, {h}, {x}, {w})};
}
// []

using Stages = std::vector<std::pair<std::string, std::string>>;

Stages stages() {
  // [compile]
  Stages all = compiler().stages(differentiated());
  // []
  all[0].first = "differentiated";
  all.insert(all.begin(), {"recorded", to_text(recorded())});
  all.emplace_back("loop", to_text(loop()));
  all.emplace_back("loop program", compiler().stages(loop()).back().second);
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  bool found = false;
  for (const auto& [name, text] : stages()) {
    if (argc == 1) fmt::print("{}\n", name);
    if (argc > 1 && name == argv[1]) found = true, fmt::print("{}", text);
  }
  return argc > 1 && !found;
}
