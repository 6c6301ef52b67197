#include "machine/processor.h"

#include <fstream>

#include "machine/host.h"

namespace tenon {
namespace {

std::string first_word(const std::string& path) {
  std::string word;
  std::ifstream(path) >> word;
  return word;
}

// "32K", "1024K", "32M"
i64 parsed_size(const std::string& text) {
  i64 value = 0;
  std::size_t k = 0;
  for (; k < text.size() && text[k] >= '0' && text[k] <= '9' && value < (i64{1} << 40); ++k)
    value = value * 10 + (text[k] - '0');
  if (k < text.size() && text[k] == 'K') value <<= 10;
  if (k < text.size() && text[k] == 'M') value <<= 20;
  return value;
}

std::vector<CacheLevel> read_caches() {
  std::vector<CacheLevel> caches;
  for (int k = 0; k < 16; ++k) {
    std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(k) + "/";
    std::string type = first_word(folder + "type");
    if (type.empty()) break;
    if (type == "Instruction") continue;
    CacheLevel level;
    level.bytes = parsed_size(first_word(folder + "size"));
    level.ways = static_cast<int>(parsed_size(first_word(folder + "ways_of_associativity")));
    i64 line = parsed_size(first_word(folder + "coherency_line_size"));
    if (line > 0) level.line = static_cast<int>(line);
    level.shared = first_word(folder + "shared_cpu_list").find_first_of(",-") != std::string::npos;
    if (level.bytes > 0) caches.push_back(level);
  }
  if (caches.empty()) caches = {{32 << 10, 8, 64, false}, {512 << 10, 8, 64, false}};
  return caches;
}

}  // namespace

const Processor& host_processor() {
  static const Processor host = [] {
    Processor processor;
    describe_host_instructions(processor);
    processor.caches = read_caches();
    processor.cores = usable_cores();
    return processor;
  }();
  return host;
}

}  // namespace tenon
