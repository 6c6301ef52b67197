// One rule on one draw: the input chooses both.
#include <cstring>

#include "pass/rules_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint64_t words[2]{};
  if (size > 0) std::memcpy(words, data, std::min(size, sizeof words));
  const auto rules = tenon::all_rules();
  const tenon::RuleFuzzer fuzzer(rules[words[0] % rules.size()]);
  std::string fault;
  for (std::uint64_t seed = words[1]; seed < words[1] + 64 && !fuzzer.try_once(seed, fault); ++seed) {
  }
  if (!fault.empty()) throw tenon::InternalError(fault);
  return 0;
}
