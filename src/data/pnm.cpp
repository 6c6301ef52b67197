// PBM, PGM and PPM, by the manual pages of Netpbm.
#include <cctype>

#include "data/formats.h"

namespace tenon {

namespace {

class Netpbm {
 public:
  Netpbm(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {
    kind_ = bytes[1] - '0';
    at_ = 2;
    width_ = number(), height_ = number();
    require_pixels(name_, height_, width_);
    if (!is_bits()) most_ = number();
    require(most_ >= 1 && most_ <= 65535, "{}: damaged PNM picture: the largest sample is {}", name_, most_);
    channels_ = kind_ == 3 || kind_ == 6 ? 3 : 1;
    if (is_text()) return;
    ++at_;  // one space
    const i64 row = is_bits() ? (width_ + 7) / 8 : width_ * channels_ * (most_ > 255 ? 2 : 1);
    require(at_ <= bytes_.size() && row <= static_cast<i64>(bytes_.size() - at_) / height_,
            "{}: damaged PNM picture: {} x {} pixels do not lie in {} bytes", name_, width_, height_, bytes_.size());
  }

  Array pixels() {
    // Each sample of a text takes a byte at least.
    require(!is_text() || height_ * width_ * channels_ <= static_cast<i64>(bytes_.size()),
            "{}: damaged PNM picture: it ends early", name_);
    Array out(DType::U8, {height_, width_, channels_});
    auto* to = static_cast<std::uint8_t*>(out.raw());
    for (i64 y = 0; y < height_; ++y) {
      for (i64 x = 0; x < width_ * channels_; ++x) *to++ = scaled(sample(x));
      if (kind_ == 4) at_ += static_cast<std::size_t>(width_ + 7) / 8;
    }
    return out;
  }

 private:
  bool is_text() const { return kind_ <= 3; }
  bool is_bits() const { return kind_ == 1 || kind_ == 4; }

  /// The next one; of bits by its place in the row.
  i64 sample(i64 x) {
    if (kind_ == 4) return 1 - (byte(at_ + static_cast<std::size_t>(x / 8)) >> (7 - x % 8) & 1);
    if (kind_ == 1) {
      skip_spaces();
      const char c = at_ < bytes_.size() ? bytes_[at_++] : '\0';
      require(c == '0' || c == '1', "{}: damaged PNM picture: a bit is neither 0 nor 1", name_);
      return c == '0';
    }
    i64 v = 0;
    if (is_text()) {
      v = number();
    } else {
      v = byte(at_++);
      if (most_ > 255) v = v * 256 + byte(at_++);
    }
    require(v <= most_, "{}: damaged PNM picture: a sample of {} where the largest is {}", name_, v, most_);
    return v;
  }
  std::uint8_t scaled(i64 v) const { return static_cast<std::uint8_t>((v * 255 * 2 + most_) / (2 * most_)); }
  i64 byte(std::size_t at) const { return static_cast<std::uint8_t>(bytes_[at]); }

  void skip_spaces() {
    while (at_ < bytes_.size() && (bytes_[at_] == '#' || std::isspace(static_cast<unsigned char>(bytes_[at_])))) {
      if (bytes_[at_] == '#')
        while (at_ < bytes_.size() && bytes_[at_] != '\n') ++at_;
      else
        ++at_;
    }
  }
  i64 number() {
    skip_spaces();
    i64 v = 0;
    std::size_t digits = 0;
    for (; at_ < bytes_.size() && bytes_[at_] >= '0' && bytes_[at_] <= '9' && digits < 10; ++digits)
      v = v * 10 + (bytes_[at_++] - '0');
    require(digits > 0 && digits < 10, "{}: damaged PNM picture: a number is missing or too long", name_);
    return v;
  }

  std::string_view bytes_;
  const std::string& name_;
  std::size_t at_ = 0;
  int kind_ = 0;
  i64 width_ = 0, height_ = 0, channels_ = 1, most_ = 1;
};

}  // namespace

Array decode_pnm(std::string_view bytes, const std::string& name) {
  require(bytes.size() >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6', "{}: not a PNM picture", name);
  return Netpbm(bytes, name).pixels();
}

}  // namespace tenon
