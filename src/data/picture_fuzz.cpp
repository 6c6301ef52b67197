#include <cstddef>
#include <cstdint>

#include "data/picture.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    tenon::decode_picture({reinterpret_cast<const char*>(data), size}, "input");
  } catch (const tenon::Error&) {
  }
  return 0;
}
