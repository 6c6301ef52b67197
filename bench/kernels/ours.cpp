// Tenon as a contestant.
#include <memory>

#include "compile/compiler.h"
#include "kernels/contest.h"
#include "op/functions.h"
#include "runtime/control.h"
#include "runtime/region.h"

namespace tenon::bench {

namespace {

/// A program whose results and arena are allocated once.
class Kernels {
 public:
  Kernels(const Function& f, const std::vector<Array>& inputs)
      : data_(compiler().compile(f, {}, "inference")), inputs_(inputs) {
    const auto find = [this](const std::string& symbol) {
      if (!code_) code_ = runtime::Object::load(data_.object);
      return code_->find(symbol);
    };
    ready_ = std::make_unique<runtime::ReadyRegion>(data_, runtime::RegionContext{data_.constants, find});
    for (const Array& a : inputs_) in_.push_back(const_cast<void*>(a.raw()));
    for (const runtime::OutputPlan& o : data_.outputs) {
      outputs.emplace_back(o.type);
      out_.push_back(outputs.back().raw());
    }
    arena_ = Storage::allocate(data_.arena_bytes);
  }
  void run() const {
    const runtime::Frame frame{in_, out_, arena_->data()};
    for (std::size_t c = 0; c < data_.calls.size(); ++c) ready_->run_call(c, frame);
  }
  std::vector<Array> outputs;

 private:
  runtime::ProgramData data_;
  std::vector<Array> inputs_;
  std::vector<void*> in_, out_;
  std::shared_ptr<Storage> arena_;
  std::shared_ptr<const runtime::Object> code_;
  std::unique_ptr<runtime::ReadyRegion> ready_;
};

Value product(const Value& a, const Value& b, DType out) {
  if (out == DType::I32) return formula<Value>("C[i,j] += i32(A[i,k]) * i32(B[k,j])", {a, b});
  return matmul(a, b);
}

Value result_of(const std::string& kind, const std::vector<Value>& x, DType out) {
  if (kind == "gemm") return product(x[0], x[1], out);
  if (kind == "softmax") return softmax(x[0]);
  if (kind == "layer_norm") return layer_norm(x[0], x[1], x[2]);
  if (kind == "gelu") return gelu(x[0]);
  if (kind == "exp") return exp(x[0]);
  if (kind == "bias_relu") return relu(x[0] + x[1]);
  if (kind == "add") return x[0] + x[1];
  if (kind == "copy") return formula<Value>("C[i] = A[i]", {x[0]});
  if (kind == "transpose") return transpose(x[0]);
  fail("no kernel is measured for '{}'", kind);
}

/// The first operand is an input. So is what varies as it does; weights, scales and biases are constants.
bool is_input(const Problem& p, std::size_t k) { return k == 0 || p.kind == "add"; }

}  // namespace

Contestant tenon_for(const Problem& problem) {
  Function f{"bench", {}, {}};
  std::vector<Value> operands;
  std::vector<Array> inputs;
  for (std::size_t k = 0; k < problem.in.size(); ++k) {
    if (!is_input(problem, k)) {
      operands.push_back(constant<Value>(problem.in[k]));
      continue;
    }
    operands.emplace_back(Node::parameter(problem.in[k].type()), 0);
    f.parameters.push_back(operands.back());
    inputs.push_back(problem.in[k]);
  }
  f.results = {result_of(problem.kind, operands, problem.out.dtype)};
  const auto kernels = std::make_shared<Kernels>(f, inputs);
  return {"tenon", [kernels] { kernels->run(); }, kernels->outputs[0]};
}

}  // namespace tenon::bench
