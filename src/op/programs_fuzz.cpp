// Random programs by the bytes as their seed: compiled and interpreted, they agree.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/hash.h"
#include "op/programs_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  setenv("TENON_CACHE_DIR", "", 1);  // each program comes once
  const auto seed = tenon::mix(size, std::string_view(reinterpret_cast<const char*>(data), size));
  const auto program = tenon::random_program(seed);
  if (!program) return 0;
  const std::string fault = tenon::small_fault(*program, tenon::fault_of_program);
  if (fault.empty()) return 0;
  std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(seed), fault.c_str());
  std::abort();
}
