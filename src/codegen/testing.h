// What the tests of code generation share: one expression compiled and run.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "codegen/compile.h"
#include "expr/testing.h"
#include "runtime/object.h"
#include "runtime/scratch.h"

namespace tenon::codegen::testing {

using expr::testing::random_array;

/// A compiled expression.
class Runner {
 public:
  explicit Runner(expr::Expr e, const Processor& target = host_processor(), std::vector<Layout> layouts = {})
      : e_(std::move(e)), layouts_(std::move(layouts)) {
    KernelSource source{"kernel", e_};
    source.parts[0].stages[0].layouts = layouts_;
    Compiled c = compile({&source, 1}, target);
    info = c.kernels.at(0);
    object_ = runtime::Object::load(c.object);
    fn_ = object_->find("kernel");
    expect(fn_ != nullptr, "the compiled function is in the object");
  }

  KernelInfo info;
  runtime::Fault fault;
  std::int32_t status = 0;

  /// The output, computed in `parts` calls. Bytes around it must stay untouched.
  Array run(const std::vector<Array>& inputs, i64 parts = 1) {
    Type type = e_.type();
    i64 count = element_count(type.shape), width = bits_of(type.dtype) / 8;
    std::vector<std::byte> memory(static_cast<std::size_t>(count * width + 128), std::byte{0xA5});
    std::vector<void*> buffers{memory.data() + 64};
    std::vector<Array> kept;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      kept.push_back(layouts_.empty() ? inputs[k].to_contiguous() : stored_as(inputs[k], layouts_[k]));
      buffers.push_back(kept.back().raw());
    }
    buffers.push_back(runtime::scratch(info.scratch));
    status = 0;
    for (i64 k = 0; k < parts; ++k)
      status |= fn_(buffers.data(), info.extent * k / parts, info.extent * (k + 1) / parts, &fault);
    for (std::size_t k = 0; k < 64; ++k) {
      EXPECT_EQ(memory[k], std::byte{0xA5}) << "wrote in front of the output";
      EXPECT_EQ(memory[memory.size() - 1 - k], std::byte{0xA5}) << "wrote behind the output";
    }
    Array out(type);
    if (count > 0) std::memcpy(out.raw(), memory.data() + 64, static_cast<std::size_t>(count * width));
    return out;
  }

 private:
  expr::Expr e_;
  std::vector<Layout> layouts_;
  std::shared_ptr<const runtime::Object> object_;
  runtime::KernelFn fn_;
};

/// Largest |x - y| / max(|y|, floor); infinite where one is NaN or infinite and the other is not the same.
inline double relative_error(const Array& x, const Array& y, double floor) {
  double most = 0;
  for (i64 i = 0; i < x.count(); ++i) {
    double a = x.at(i).as_double(), b = y.at(i).as_double();
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    if (!std::isfinite(a) || !std::isfinite(b)) return expr::kInfinity;
    most = std::max(most, std::fabs(a - b) / std::max(std::fabs(b), floor));
  }
  return most;
}

/// Compares with the expression's evaluation; parts of the range must give the same bits.
inline void check(const expr::Expr& e, const std::vector<Array>& inputs, double tolerance = 0, double floor = 1,
                  const Processor& target = host_processor()) {
  Runner r(e, target);
  Array got = r.run(inputs), want = expr::evaluate(e, inputs);
  ASSERT_EQ(r.status, 0) << r.info.schedule;
  EXPECT_LE(relative_error(got, want, floor), tolerance) << r.info.schedule << "\n"
                                                         << to_string(got) << "\n"
                                                         << to_string(want);
  EXPECT_TRUE(identical(got, r.run(inputs, 3))) << r.info.schedule;
}

/// Processors whose code this machine can run, from the plainest to its own.
inline std::vector<Processor> targets() {
  std::vector<Processor> all;
  const Processor& host = host_processor();
  if (host.triple.starts_with("x86_64")) {
    auto level = [&](const char* cpu, int bits, int registers, bool v3) {
      Processor p = host;
      p.cpu = cpu;
      p.features.clear();
      p.vector_bits = bits;
      p.vector_registers = registers;
      p.fma = p.f16_convert = v3;
      p.bf16_dot = p.int8_dot = false;
      p.masked_memory = bits == 512;
      if (bits <= host.vector_bits) all.push_back(p);
    };
    level("x86-64", 128, 16, false);
    level("x86-64-v3", 256, 16, true);
  }
  all.push_back(host);
  return all;
}

}  // namespace tenon::codegen::testing
