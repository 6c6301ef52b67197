// Object files from a cache that somebody else may have written: the loader must refuse or load, never crash.
#include "base/error.h"
#include "runtime/object.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  try {
    tenon::runtime::Object::load({reinterpret_cast<const std::byte*>(data), size});
  } catch (const tenon::Error&) {
  }
  return 0;
}
