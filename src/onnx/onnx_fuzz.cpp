// Model files from anywhere: read, reported on, checked, and made a function.
#include <cstdint>

#include "onnx/report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenon::onnx;
  try {
    const Model model = Model::parse(std::string_view(reinterpret_cast<const char*>(data), size), "", "input");
    report_on(model);
    problems_of(model);
  } catch (const tenon::Error&) {
  }
  return 0;
}
