#include <cstddef>
#include <cstdint>

#include "data/png.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    tenon::decode_png({reinterpret_cast<const char*>(data), size}, "input");
  } catch (const tenon::Error&) {
  }
  return 0;
}
