#include "onnx/converters.h"

#include <unordered_map>

#include "onnx/scope.h"

namespace tenon::onnx {

std::vector<std::span<const Entry>> all_converters() {
  return {
      control_operators(),
      convolution_operators(),
      determinant_operators(),
      elementwise_operators(),
      image_operators(),
      index_operators(),
      losses(),
      norms(),
      picture_operators(),
      piece_operators(),
      pool_operators(),
      products(),
      quantized_operators(),
      random_operators(),
      recurrent_operators(),
      reductions(),
      resizing_operators(),
      scan_operators(),
      sequence_operators(),
      shape_operators(),
      signal_operators(),
      text_operators(),
  };
}

Convert converter_of(std::string_view op) {
  static const std::unordered_map<std::string_view, Convert> all = [] {
    std::unordered_map<std::string_view, Convert> map;
    for (const std::span<const Entry> list : all_converters())
      for (const Entry& e : list) expect(map.emplace(e.op, e.convert).second, "an ONNX operator stands in two lists");
    return map;
  }();
  const auto found = all.find(op);
  return found == all.end() ? nullptr : found->second;
}

}  // namespace tenon::onnx
