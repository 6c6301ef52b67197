#if defined(__x86_64__)
#include <cpuid.h>

#include <array>
#include <cstring>

#include "machine/host.h"

namespace tenon {
namespace {

struct Registers {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

Registers cpuid(unsigned leaf, unsigned subleaf = 0) {
  Registers r;
  __get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d);
  return r;
}

std::string vendor() {
  Registers r = cpuid(0);
  std::array<unsigned, 3> words{r.b, r.d, r.c};
  return std::string(reinterpret_cast<const char*>(words.data()), sizeof words);
}

std::string brand() {
  char text[49] = {};
  for (unsigned k = 0; k < 3; ++k) {
    Registers r = cpuid(0x80000002u + k);
    std::array<unsigned, 4> words{r.a, r.b, r.c, r.d};
    std::memcpy(text + 16 * k, words.data(), 16);
  }
  std::string name(text);
  name.erase(0, name.find_first_not_of(' '));
  name.erase(name.find_last_not_of(' ') + 1);
  return name.empty() ? vendor() : name;
}

struct Features {
  bool v3, v4, bf16, vnni, amx;
};

Features read_features() {
  bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
            __builtin_cpu_supports("bmi2") && (cpuid(1).c >> 29 & 1) != 0;  // bit 29: F16C
  bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl");
  Registers seven = cpuid(7, 0);
  return {v3, v4, v4 && (cpuid(7, 1).a >> 5 & 1) != 0, v4 && (seven.c >> 11 & 1) != 0, (seven.d >> 24 & 1) != 0};
}

// A virtual machine may hide instructions that the named processor has; then the name would promise too much.
bool name_holds(std::string_view cpu, const Features& have) {
  bool needs_bf16 = cpu == "znver4" || cpu == "cooperlake" || cpu.ends_with("rapids");
  bool needs_vnni =
      needs_bf16 || cpu == "cascadelake" || cpu.starts_with("icelake") || cpu == "tigerlake" || cpu == "rocketlake";
  bool needs_v4 = needs_vnni || cpu == "skylake-avx512";
  if (cpu.ends_with("rapids") && !have.amx) return false;
  return have.v3 && (!needs_v4 || have.v4) && (!needs_vnni || have.vnni) && (!needs_bf16 || have.bf16);
}

// A Skylake server, Cascade Lake and Cooper Lake share one model number.
std::string refined(std::string cpu, const Features& have) {
  if (cpu != "skylake-avx512" || !have.vnni) return cpu;
  return have.bf16 ? "cooperlake" : "cascadelake";
}

}  // namespace

void describe_host_instructions(Processor& processor) {
  Features have = read_features();
  unsigned signature = cpuid(1).a;
  unsigned base_family = signature >> 8 & 0xF, family = base_family + (base_family == 0xF ? signature >> 20 & 0xFF : 0);
  unsigned model = (signature >> 4 & 0xF) | (signature >> 12 & 0xF0);
  processor.name = brand();
  processor.triple = "x86_64-unknown-linux-gnu";
  processor.cpu = refined(x86_cpu_name(vendor(), family, model), have);
  if (processor.cpu.empty() || !name_holds(processor.cpu, have)) {
    processor.cpu = have.v4 ? "x86-64-v4" : have.v3 ? "x86-64-v3" : "x86-64";
    if (have.v4 && have.vnni) processor.features = "+avx512vnni";
    if (have.v4 && have.bf16) processor.features += processor.features.empty() ? "+avx512bf16" : ",+avx512bf16";
  }
  processor.vector_bits = have.v4 ? 512 : have.v3 ? 256 : 128;
  processor.vector_registers = have.v4 ? 32 : 16;
  processor.fma = processor.f16_convert = have.v3;
  processor.masked_memory = have.v4;
  processor.bf16_dot = have.bf16;
  processor.int8_dot = have.vnni;
}

}  // namespace tenon
#endif
