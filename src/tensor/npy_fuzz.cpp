#include <cstdint>

#include "tensor/npy.h"

// The first byte chooses between .npy and .npz.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenon;
  if (size == 0) return 0;
  auto bytes = std::as_bytes(std::span(data + 1, size - 1));
  try {
    if (data[0] % 2 == 0) {
      Array array = parse_npy(bytes, "input");
      expect(array.contiguous() && array.bytes() <= static_cast<i64>(bytes.size()), "the data come from the input");
    } else {
      parse_npz(bytes, "input");
    }
  } catch (const Error&) {
  }
  return 0;
}
