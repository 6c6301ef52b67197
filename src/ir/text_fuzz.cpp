// Any text is a function that prints and reads back as itself, or an Error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ir/text.h"
#include "ir/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenon;
  Function f;
  try {
    f = parse_function({reinterpret_cast<const char*>(data), size});
  } catch (const Error&) {
    return 0;
  }
  verify(f);
  std::string text = to_text(f);
  Function again = parse_function(text);
  if (to_text(again) != text || !structurally_equal(f, again) || f.hash() != again.hash()) std::abort();
  to_dot(f);
  return 0;
}
