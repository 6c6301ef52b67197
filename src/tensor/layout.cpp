#include "tensor/layout.h"

#include <cstring>

namespace tenon {

Ints extents_of(const Layout& layout, const Shape& shape) {
  Ints extents;
  std::vector<i64> larger(shape.size(), 0);
  for (const Layout::Digit& d : layout.digits) {
    const auto at = static_cast<std::size_t>(d.dimension);
    expect(d.dimension >= 0 && at < shape.size() && d.radix >= 1, "a digit of a dimension that there is");
    const i64 extent = shape[at];
    expect(larger[at] == 0 || (larger[at] % d.radix == 0 && larger[at] > d.radix), "radices that divide each other");
    extents.push_back(larger[at] == 0 ? (extent + d.radix - 1) / d.radix : larger[at] / d.radix);
    larger[at] = d.radix;
  }
  for (i64 smallest : larger) expect(layout.is_row_major() || smallest == 1, "a digit for every value");
  return extents;
}

namespace {

/// Copies in the order of the destination.
class Copier {
 public:
  Copier(const Array& from, const Layout& layout, Array& to)
      : layout_(layout),
        extents_(extents_of(layout, from.shape())),
        shape_(from.shape().begin(), from.shape().end()),
        strides_(contiguous_strides(from.shape())),
        width_(static_cast<std::size_t>(bits_of(from.dtype()) / 8)),
        from_(static_cast<const std::byte*>(from.raw())),
        to_(static_cast<std::byte*>(to.raw())),
        at_(from.shape().size(), 0) {}

  void run(std::size_t digit = 0) {
    const Layout::Digit d = layout_.digits[digit];
    const auto dimension = static_cast<std::size_t>(d.dimension);
    if (digit + 1 == layout_.digits.size()) return innermost(dimension, extents_[digit]);
    const i64 start = at_[dimension];
    for (i64 k = 0; k < extents_[digit]; ++k, at_[dimension] += d.radix) run(digit + 1);
    at_[dimension] = start;
  }

 private:
  void innermost(std::size_t dimension, i64 count) {
    i64 offset = 0, there = std::min<i64>(count, shape_[dimension] - at_[dimension]);
    for (std::size_t d = 0; d < shape_.size(); ++d) {
      if (at_[d] >= shape_[d]) there = 0;
      offset += at_[d] * strides_[d];
    }
    there = std::max<i64>(there, 0);
    const std::byte* source = from_ + static_cast<std::size_t>(offset) * width_;
    const i64 step = strides_[dimension];
    if (step == 1 && there > 0) std::memcpy(to_, source, static_cast<std::size_t>(there) * width_);
    if (step != 1)
      for (i64 k = 0; k < there; ++k)
        std::memcpy(to_ + static_cast<std::size_t>(k) * width_, source + static_cast<std::size_t>(k * step) * width_,
                    width_);
    std::memset(to_ + static_cast<std::size_t>(there) * width_, 0, static_cast<std::size_t>(count - there) * width_);
    to_ += static_cast<std::size_t>(count) * width_;
  }

  const Layout& layout_;
  Ints extents_;
  Ints shape_, strides_;
  std::size_t width_;
  const std::byte* from_;
  std::byte* to_;
  std::vector<i64> at_;
};

}  // namespace

Array stored_as(const Array& array, const Layout& layout) {
  const Array source = array.to_contiguous();
  if (layout.is_row_major()) return source.reshaped({source.count()});
  i64 count = 1;
  for (i64 e : extents_of(layout, source.shape())) count *= e;
  Array stored(source.dtype(), {count});
  if (count > 0) Copier(source, layout, stored).run();
  return stored;
}

}  // namespace tenon
