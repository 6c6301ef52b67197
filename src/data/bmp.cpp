// Windows bitmaps, by Microsoft's description of BITMAPFILEHEADER, BITMAPCOREHEADER, BITMAPINFOHEADER and later ones.
#include <cstdlib>
#include <cstring>

#include "data/formats.h"

namespace tenon {

namespace {

class Bitmap {
 public:
  Bitmap(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {
    const auto header = number<std::uint32_t>(14);
    const bool is_core = header == 12;
    require(is_core || header >= 40, "{}: damaged BMP picture: a header of {} bytes", name_, header);
    width_ = is_core ? number<std::uint16_t>(18) : number<std::int32_t>(18);
    const i64 height = is_core ? number<std::uint16_t>(20) : i64{number<std::int32_t>(22)};
    bits_ = number<std::uint16_t>(is_core ? 24 : 28);
    height_ = std::abs(height), top_first_ = height < 0;
    require_pixels(name_, height_, width_);
    const auto compression = is_core ? 0u : number<std::uint32_t>(30);
    const bool usual_masks = compression == 3 && bits_ == 32 && number<std::uint32_t>(54) == 0xFF0000 &&
                             number<std::uint32_t>(58) == 0xFF00 && number<std::uint32_t>(62) == 0xFF;
    require(compression == 0 || usual_masks, "{}: a BMP picture of compression {}, which is not supported", name_,
            compression);
    require(bits_ == 1 || bits_ == 4 || bits_ == 8 || bits_ == 24 || bits_ == 32,
            "{}: a BMP picture of {} bits for a pixel; supported are 1, 4, 8, 24 and 32", name_, bits_);
    palette_ = 14 + std::size_t{header}, palette_step_ = is_core ? 3 : 4;
    start_ = number<std::uint32_t>(10);
    row_ = (static_cast<std::size_t>(width_) * bits_ + 31) / 32 * 4;
    require(start_ <= bytes_.size() && row_ <= (bytes_.size() - start_) / static_cast<std::size_t>(height_),
            "{}: damaged BMP picture: {} x {} pixels of {} bits do not lie in {} bytes", name_, width_, height_, bits_,
            bytes_.size());
  }

  Array pixels() const {
    Array out(DType::U8, {height_, width_, 3});
    auto* to = static_cast<std::uint8_t*>(out.raw());
    for (i64 y = 0; y < height_; ++y) {
      const std::size_t row = start_ + row_ * static_cast<std::size_t>(top_first_ ? y : height_ - 1 - y);
      for (std::size_t x = 0; x < static_cast<std::size_t>(width_); ++x, to += 3) {
        const std::size_t at = bits_ > 8 ? row + x * (bits_ / 8) : colour(row, x);
        for (std::size_t c = 0; c < 3; ++c) to[c] = static_cast<std::uint8_t>(bytes_[at + 2 - c]);
      }
    }
    return out;
  }

 private:
  template <class T>
  T number(std::size_t at) const {
    require(at + sizeof(T) <= bytes_.size(), "{}: damaged BMP picture: it ends in its header", name_);
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof(T));
    return value;
  }
  /// Where the colour of a pixel stands in the palette.
  std::size_t colour(std::size_t row, std::size_t x) const {
    const unsigned per_byte = 8 / bits_, shift = 8 - bits_ * (static_cast<unsigned>(x) % per_byte + 1);
    const unsigned index = (static_cast<std::uint8_t>(bytes_[row + x / per_byte]) >> shift) & ((1u << bits_) - 1);
    const std::size_t at = palette_ + palette_step_ * index;
    require(at + 3 <= start_ && at + 3 <= bytes_.size(), "{}: damaged BMP picture: colour {} is not in its palette",
            name_, index);
    return at;
  }

  std::string_view bytes_;
  const std::string& name_;
  i64 width_ = 0, height_ = 0;
  unsigned bits_ = 0;
  bool top_first_ = false;
  std::size_t palette_ = 0, palette_step_ = 4, start_ = 0, row_ = 0;
};

}  // namespace

Array decode_bmp(std::string_view bytes, const std::string& name) { return Bitmap(bytes, name).pixels(); }

}  // namespace tenon
