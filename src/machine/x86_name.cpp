#include "machine/host.h"

namespace tenon {

std::string x86_cpu_name(std::string_view vendor, unsigned family, unsigned model) {
  struct Entry {
    const char* vendor;
    unsigned family, first_model, last_model;
    const char* cpu;
  };
  static constexpr Entry kEntries[] = {
      {"AuthenticAMD", 0x17, 0x00, 0x2F, "znver1"},      {"AuthenticAMD", 0x17, 0x30, 0xFF, "znver2"},
      {"AuthenticAMD", 0x19, 0x00, 0x0F, "znver3"},      {"AuthenticAMD", 0x19, 0x10, 0x1F, "znver4"},
      {"AuthenticAMD", 0x19, 0x20, 0x5F, "znver3"},      {"AuthenticAMD", 0x19, 0x60, 0x7F, "znver4"},
      {"AuthenticAMD", 0x19, 0xA0, 0xAF, "znver4"},      {"AuthenticAMD", 0x1A, 0x00, 0x7F, "znver4"},
      {"GenuineIntel", 6, 0x3C, 0x3C, "haswell"},        {"GenuineIntel", 6, 0x3F, 0x3F, "haswell"},
      {"GenuineIntel", 6, 0x45, 0x46, "haswell"},        {"GenuineIntel", 6, 0x3D, 0x3D, "broadwell"},
      {"GenuineIntel", 6, 0x47, 0x47, "broadwell"},      {"GenuineIntel", 6, 0x4F, 0x4F, "broadwell"},
      {"GenuineIntel", 6, 0x56, 0x56, "broadwell"},      {"GenuineIntel", 6, 0x4E, 0x4E, "skylake"},
      {"GenuineIntel", 6, 0x5E, 0x5E, "skylake"},        {"GenuineIntel", 6, 0x8E, 0x8E, "skylake"},
      {"GenuineIntel", 6, 0x9E, 0x9E, "skylake"},        {"GenuineIntel", 6, 0xA5, 0xA6, "skylake"},
      {"GenuineIntel", 6, 0x55, 0x55, "skylake-avx512"}, {"GenuineIntel", 6, 0x6A, 0x6A, "icelake-server"},
      {"GenuineIntel", 6, 0x6C, 0x6C, "icelake-server"}, {"GenuineIntel", 6, 0x7D, 0x7E, "icelake-client"},
      {"GenuineIntel", 6, 0x8C, 0x8D, "tigerlake"},      {"GenuineIntel", 6, 0xA7, 0xA7, "rocketlake"},
      {"GenuineIntel", 6, 0x97, 0x97, "alderlake"},      {"GenuineIntel", 6, 0x9A, 0x9A, "alderlake"},
      {"GenuineIntel", 6, 0xB7, 0xB7, "raptorlake"},     {"GenuineIntel", 6, 0xBA, 0xBA, "raptorlake"},
      {"GenuineIntel", 6, 0xBF, 0xBF, "raptorlake"},     {"GenuineIntel", 6, 0x8F, 0x8F, "sapphirerapids"},
      {"GenuineIntel", 6, 0xCF, 0xCF, "emeraldrapids"},  {"GenuineIntel", 6, 0xAD, 0xAD, "graniterapids"},
  };
  for (const Entry& e : kEntries) {
    if (e.vendor == vendor && e.family == family && e.first_model <= model && model <= e.last_model) return e.cpu;
  }
  return {};
}

}  // namespace tenon
