#include <cstdint>

#include "tensor/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenon;
  try {
    SafeTensors content = parse_safetensors(std::as_bytes(std::span(data, size)), "input");
    i64 total = 0;
    for (const auto& [name, array] : content.tensors) total += array.bytes();
    expect(total <= static_cast<i64>(size), "the data come from the input");
  } catch (const Error&) {
  }
  return 0;
}
