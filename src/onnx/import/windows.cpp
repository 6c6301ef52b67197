#include "onnx/import/windows.h"

#include <algorithm>

#include "onnx/import/known.h"

namespace tenon::onnx {

namespace {

Ints list_of(const NodeView& n, const std::string& name, std::size_t rank, i64 absent) {
  const Ints list = n.ints(name, Ints{});
  if (list.empty()) return Ints(rank, absent);
  require(list.size() == rank, "attribute {} has {} numbers, and must have one for each of {} spatial dimensions", name,
          list.size(), rank);
  return list;
}

}  // namespace

std::size_t spatial_rank(const Value& x) {
  require(x.rank() >= 3, "input 0 is {}, and must have a batch, channels and spatial dimensions", x.type());
  return static_cast<std::size_t>(x.rank()) - 2;
}

AutoPad auto_pad_of(const NodeView& n) {
  const std::string how = n.text("auto_pad", "NOTSET");
  if (how == "NOTSET" || how.empty()) return AutoPad::Explicit;
  if (how == "SAME_UPPER") return AutoPad::SameUpper;
  if (how == "SAME_LOWER") return AutoPad::SameLower;
  require(how == "VALID", "attribute auto_pad is '{}', and must be NOTSET, SAME_UPPER, SAME_LOWER or VALID", how);
  return AutoPad::Valid;
}

WindowAttributes window_sizes(const NodeView& n, std::size_t rank, const Ints& size) {
  const Ints kernel = n.ints("kernel_shape", Ints{});
  require(!kernel.empty() || !size.empty(), "attribute kernel_shape is missing");
  require(kernel.empty() || size.empty() || kernel == size,
          "attribute kernel_shape is {}, but the weights have windows of {}", kernel, size);
  const Ints& s = kernel.empty() ? size : kernel;
  require(s.size() == rank,
          "attribute kernel_shape has {} numbers, and must have one for each of {} spatial dimensions", s.size(), rank);
  for (const i64 extent : s) require(extent >= 1, "attribute kernel_shape is {}, and must be positive", s);
  return {s, list_of(n, "strides", rank, 1), list_of(n, "dilations", rank, 1), Ints(rank, 0), Ints(rank, 0)};
}

void read_pads(const NodeView& n, WindowAttributes& w) {
  const std::size_t rank = w.size.size();
  const Ints pads = n.ints("pads", Ints{});
  if (pads.empty()) return;
  require(pads.size() == 2 * rank, "attribute pads has {} numbers, and must have two for each of {} spatial dimensions",
          pads.size(), rank);
  w.begin = Ints(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(rank));
  w.end = Ints(pads.begin() + static_cast<std::ptrdiff_t>(rank), pads.end());
}

WindowAttributes window_attributes(const NodeView& n, const Value& x, const Ints& size) {
  const std::size_t rank = spatial_rank(x);
  WindowAttributes w = window_sizes(n, rank, size);
  const AutoPad how = auto_pad_of(n);
  if (how == AutoPad::Explicit) read_pads(n, w);
  if (how == AutoPad::Explicit || how == AutoPad::Valid) return w;
  for (std::size_t d = 0; d < rank; ++d) {
    const i64 stride = w.strides[d], span = w.dilations[d] * (w.size[d] - 1) + 1;
    // With stride 1 the extent does not matter, and may be unknown. The result has ceil(extent / stride) positions.
    const i64 left_over = stride == 1 ? 1 : (known_extent(x, d + 2) - 1) % stride + 1;
    const i64 total = std::max<i64>(span - left_over, 0), half = total / 2;
    w.begin[d] = how == AutoPad::SameUpper ? half : total - half;
    w.end[d] = total - w.begin[d];
  }
  return w;
}

}  // namespace tenon::onnx
