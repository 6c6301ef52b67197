#include "machine/processor.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "machine/host.h"

namespace tenon {
namespace {

TEST(Processor, TheHostIsDescribed) {
  const Processor& host = host_processor();
  EXPECT_FALSE(host.name.empty());
  EXPECT_FALSE(host.cpu.empty());
  EXPECT_EQ(host.cores, usable_cores());
  EXPECT_GE(host.vector_bits, 128);
  EXPECT_EQ(host.lanes(DType::F32), host.vector_bits / 32);
  EXPECT_GE(host.vector_registers, 16);
  ASSERT_FALSE(host.caches.empty());
  i64 before = 0;
  for (const CacheLevel& level : host.caches) {
    EXPECT_GT(level.bytes, before);
    EXPECT_GE(level.line, 16);
    before = level.bytes;
  }
}

#if defined(__x86_64__)
TEST(Processor, AgreesWithWhatTheSystemSays) {
  const Processor& host = host_processor();
  std::string info = read_file("/proc/cpuinfo");
  auto has = [&](const char* flag) { return info.find(std::string(" ") + flag + " ") != std::string::npos; };
  EXPECT_NE(info.find(host.name), std::string::npos) << host.name;
  EXPECT_EQ(host.vector_bits == 512, has("avx512f") && has("avx512vl") && has("avx512bw") && has("avx512dq"));
  EXPECT_EQ(host.fma, has("fma") && has("avx2"));
  EXPECT_EQ(host.bf16_dot, has("avx512_bf16"));
  EXPECT_EQ(host.int8_dot, has("avx512_vnni"));
}
#endif

// Families and models from the vendors' documents and the Linux kernel's tables.
TEST(Processor, NamesByFamilyAndModel) {
  EXPECT_EQ(x86_cpu_name("AuthenticAMD", 0x17, 0x31), "znver2");  // EPYC 7002
  EXPECT_EQ(x86_cpu_name("AuthenticAMD", 0x19, 0x01), "znver3");  // EPYC 7003
  EXPECT_EQ(x86_cpu_name("AuthenticAMD", 0x19, 0x11), "znver4");  // EPYC 9004
  EXPECT_EQ(x86_cpu_name("AuthenticAMD", 0x19, 0x21), "znver3");  // Ryzen 5000
  EXPECT_EQ(x86_cpu_name("AuthenticAMD", 0x19, 0x61), "znver4");  // Ryzen 7000
  EXPECT_EQ(x86_cpu_name("GenuineIntel", 6, 0x55), "skylake-avx512");
  EXPECT_EQ(x86_cpu_name("GenuineIntel", 6, 0x6A), "icelake-server");
  EXPECT_EQ(x86_cpu_name("GenuineIntel", 6, 0x8F), "sapphirerapids");
  EXPECT_EQ(x86_cpu_name("GenuineIntel", 6, 0x01), "");
  EXPECT_EQ(x86_cpu_name("Nobody", 0x19, 0x11), "");
}

}  // namespace
}  // namespace tenon
