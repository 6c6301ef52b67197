#include "codegen/probes.h"

#include <gmock/gmock.h>

#include "codegen/testing.h"

namespace tenon::codegen {
namespace {

using expr::testing::random_array;
using runtime::Probe;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::targets;

/// A processor of another architecture, or of this one with other instructions.
Processor processor(const char* triple, const char* cpu, const char* features, int bits, int registers, bool dots) {
  Processor p = host_processor();
  p.triple = triple;
  p.cpu = cpu;
  p.features = features;
  p.vector_bits = bits;
  p.vector_registers = registers;
  p.fma = true;
  p.bf16_dot = p.int8_dot = dots;
  return p;
}

TEST(Probes, UseTheBestInstructionsOfTheTarget) {
  const std::string zen4 = probes_assembly(processor("x86_64-unknown-linux-gnu", "znver4", "", 512, 32, true));
  for (const char* word : {"vfmadd", "vdpbf16ps", "vpdpbusd", "vmovntps", "sfence", "zmm"})
    EXPECT_THAT(zen4, HasSubstr(word));
  const std::string v3 = probes_assembly(processor("x86_64-unknown-linux-gnu", "x86-64-v3", "", 256, 16, false));
  for (const char* word : {"vfmadd", "vpmulld", "vmovntps", "ymm"}) EXPECT_THAT(v3, HasSubstr(word));
  for (const char* word : {"vdpbf16ps", "vpdpbusd", "zmm"}) EXPECT_THAT(v3, Not(HasSubstr(word)));
  const std::string arm = probes_assembly(processor("aarch64-unknown-linux-gnu", "neoverse-n2", "", 128, 32, true));
  for (const char* word : {"fmla", "bfdot", "sdot"}) EXPECT_THAT(arm, HasSubstr(word));
}

TEST(Probes, AccumulatorsStayInRegisters) {
  // What does not fit is kept on the stack.
  const std::string zen4 = probes_assembly(processor("x86_64-unknown-linux-gnu", "znver4", "", 512, 32, true));
  EXPECT_THAT(zen4, Not(HasSubstr("(%rsp)")));
  const std::string v3 = probes_assembly(processor("x86_64-unknown-linux-gnu", "x86-64-v3", "", 256, 16, false));
  EXPECT_THAT(v3, Not(HasSubstr("(%rsp)")));
}

class ProbesRun : public ::testing::TestWithParam<Processor> {};

TEST_P(ProbesRun, MoveWhatTheySay) {
  const runtime::Probes made = probes(GetParam());
  const auto code = runtime::Object::load(made.object);
  Rng rng(1);
  constexpr i64 kBlocks = 3, kFloats = kBlocks * runtime::kProbeBlock / 4;
  for (const Probe& p : made.list) {
    SCOPED_TRACE(p.symbol);
    const i64 arity = runtime::arrays_of(p.kind);
    if (p.kind == Probe::Kind::Compute || p.kind == Probe::Kind::Read) continue;
    std::vector<Array> arrays;
    std::vector<void*> buffers;
    for (i64 a = 0; a < arity; ++a) {
      arrays.push_back(random_array(rng, {DType::F32, {kFloats + 16}}));
      buffers.push_back(arrays.back().raw());
    }
    const std::vector<float> before(arrays[0].values<float>().begin(), arrays[0].values<float>().end());
    i64 blocks = kBlocks;
    buffers.push_back(&blocks);
    runtime::Fault fault;
    EXPECT_EQ(code->find(p.symbol)(buffers.data(), 0, 2, &fault), 0);
    for (i64 k = 0; k < kFloats; ++k) {
      const auto at = [&](std::size_t a) { return arrays[a].values<float>()[static_cast<std::size_t>(k)]; };
      const float want = arity == 1 ? 0.5f : arity == 2 ? at(1) : std::fma(at(2), 0.5f, at(1));
      // Half of a float is exact, so that a rounded product and sum give the same as a fused one.
      ASSERT_EQ(at(0), want) << k;
    }
    for (std::size_t k = kFloats; k < kFloats + 16; ++k) ASSERT_EQ(arrays[0].values<float>()[k], before[k]);
  }
}

TEST_P(ProbesRun, ComputeTheirChains) {
  const runtime::Probes made = probes(GetParam());
  const auto code = runtime::Object::load(made.object);
  for (const Probe& p : made.list) {
    SCOPED_TRACE(p.symbol);
    if (p.kind != Probe::Kind::Compute) continue;
    EXPECT_GE(p.operations, 2);
    alignas(64) std::array<std::byte, 64> result;
    result.fill(std::byte{0xA5});
    i64 zeros = 0;
    void* buffers[] = {result.data(), &zeros};
    runtime::Fault fault;
    EXPECT_EQ(code->find(p.symbol)(buffers, 0, 5, &fault), 0);
    // The chains are equal and their number is even: they cancel where they are joined.
    for (int k = 0; k < GetParam().vector_bits / 8; ++k) ASSERT_EQ(result[static_cast<std::size_t>(k)], std::byte{0});
  }
}

std::string cpu_name(const ::testing::TestParamInfo<Processor>& info) {
  std::string name = info.param.cpu + std::to_string(info.index);
  std::ranges::replace_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Targets, ProbesRun, ::testing::ValuesIn(targets()), cpu_name);

}  // namespace
}  // namespace tenon::codegen
