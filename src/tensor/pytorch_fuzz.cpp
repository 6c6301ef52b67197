#include "tensor/pytorch.h"

#include <cstdint>

#include "base/bytes.h"
#include "tensor/pickle.h"

// The first byte chooses between a whole file and a pickle alone, which mutations reach more easily.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenon;
  if (size == 0) return 0;
  auto bytes = std::as_bytes(std::span(data + 1, size - 1));
  try {
    if (data[0] % 2 == 0) {
      for (const auto& [name, array] : parse_pytorch(bytes, "input")) {
        const Array copy = array.clone();
        expect(copy.count() <= static_cast<i64>(size), "no tensor has more elements than the file has bytes");
      }
    } else {
      ByteReader reader(bytes, "input");
      const Pickle pickle = read_pickle(reader);
      expect(pickle.tensors.size() <= size && pickle.storages.size() <= size, "objects come from the input");
    }
  } catch (const Error&) {
  }
  return 0;
}
