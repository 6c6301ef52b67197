#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>

#include <fstream>

#include "machine/host.h"

namespace tenon {
namespace {

// LLVM's name by implementer and part of the main ID register; "generic" where it is not known.
std::string cpu_name(unsigned long id) {
  unsigned long implementer = id >> 24 & 0xFF, part = id >> 4 & 0xFFF;
  if (implementer != 0x41) return "generic";
  switch (part) {
    case 0xD08: return "cortex-a72";
    case 0xD0B: return "cortex-a76";
    case 0xD0C: return "neoverse-n1";
    case 0xD40: return "neoverse-v1";
    case 0xD49: return "neoverse-n2";
    case 0xD4F: return "neoverse-v2";
    default: return "generic";
  }
}

unsigned long main_id() {
  unsigned long id = 0;
  std::ifstream("/sys/devices/system/cpu/cpu0/regs/identification/midr_el1") >> std::hex >> id;
  return id;
}

}  // namespace

void describe_host_instructions(Processor& processor) {
  unsigned long have = getauxval(AT_HWCAP), have2 = getauxval(AT_HWCAP2);
  processor.cpu = cpu_name(main_id());
  processor.name = "AArch64 " + processor.cpu;
  processor.triple = "aarch64-unknown-linux-gnu";
  processor.vector_bits = 128;
  processor.vector_registers = 32;
  processor.fma = processor.f16_convert = true;
  processor.bf16_dot = (have2 & HWCAP2_BF16) != 0;
  processor.int8_dot = (have & HWCAP_ASIMDDP) != 0;
}

}  // namespace tenon
#endif
