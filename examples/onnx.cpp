// The code of docs/onnx.md.
#include <fmt/format.h>

#include <unistd.h>

#include <filesystem>
#include <thread>

#include "onnx/export.h"
#include "onnx/session.h"
#include "onnx/tensors.h"
#include "op/functions.h"

namespace {

using namespace tenon;

Function classifier() {
  // [export]
  const Dim batch = Dim::symbol("batch");
  const Value x(Node::parameter({DType::F32, {batch, 4}}, "x"), 0);
  const Value weight = constant<Value>(Array::full({DType::F32, {3, 4}}, 0.5));
  const Function f{"classifier", {x}, {softmax(linear(relu(x), weight))}};
  tenon::onnx::write_model("classifier.onnx", tenon::onnx::export_model(f));
  // []
  return f;
}

void load() {
  // [run]
  const auto session = tenon::onnx::Session::load("classifier.onnx");
  for (const auto& port : session.inputs()) fmt::print("{}: {}\n", port.name, tenon::onnx::to_text(port.type));
  float mine[2][4] = {{1, -2, 3, -4}, {0, 0, 0, 0}};  // read in place
  const Array x(Storage::adopt(mine, sizeof mine, [] {}), {DType::F32, {2, 4}}, contiguous_strides({2, 4}));
  fmt::print("{}\n", to_string(session.run({{"x", x}})[0]));

  std::vector<std::thread> threads;  // one session serves them all
  for (i64 batch = 1; batch <= 3; ++batch)
    threads.emplace_back([&session, batch] { session.run({{"x", Array::full({DType::F32, {batch, 4}}, 1.0)}}); });
  for (std::thread& t : threads) t.join();
  // []
}

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("tenon-example-{}", getpid());
  std::filesystem::create_directory(folder);
  std::filesystem::current_path(folder);
  classifier();
  load();
  std::filesystem::current_path("/");
  std::filesystem::remove_all(folder);
}
