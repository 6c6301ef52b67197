// Files of pictures that are inputs of models.
#include "data/picture.h"
#include "onnx/converters.h"
#include "onnx/import/host.h"

namespace tenon::onnx {

namespace {

using Results = std::vector<Value>;
enum PixelLayout : i64 { kRgb, kBgr, kGrey };

/// Luma of ITU-R BT.601 in 16 bits, as Pillow has it, which ONNX's reference decodes with.
std::uint8_t luma(const std::uint8_t* rgb) {
  return static_cast<std::uint8_t>((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16);
}

/// Transparency is dropped.
Array in_layout(const Array& picture, i64 layout) {
  const i64 channels = layout == kGrey ? 1 : 3, from = picture.dim(2);
  Array out(DType::U8, {picture.dim(0), picture.dim(1), channels});
  const auto* x = static_cast<const std::uint8_t*>(picture.raw());
  auto* y = static_cast<std::uint8_t*>(out.raw());
  for (i64 k = 0; k < picture.dim(0) * picture.dim(1); ++k, x += from, y += channels)
    for (i64 c = 0; c < channels; ++c) {
      const i64 source = layout == kBgr ? 2 - c : c;
      y[c] = from < 3 ? x[0] : layout == kGrey ? luma(x) : x[source];
    }
  return out;
}

/// Operands: the bytes of a file, and {layout, a number of the node's own}. What is damaged, or no picture at all,
/// gives one without elements, as the standard says.
std::vector<Array> decoded_picture(std::span<const Array> in) {
  const i64 layout = in[1].at(0).i;
  const Array file = in[0].to_contiguous();
  const std::string_view bytes(static_cast<const char*>(file.raw()), static_cast<std::size_t>(file.bytes()));
  const PictureFormat format = picture_format(bytes);
  require(format == PictureFormat::Unknown || is_readable(format),
          "ImageDecoder: a picture of format {}; readable are PNG, JPEG, BMP, PBM, PGM and PPM", name_of(format));
  try {
    return {in_layout(decode_picture(bytes, "the picture"), layout)};
  } catch (const Error&) {
    return {Array(DType::U8, {0, 0, layout == kGrey ? 1 : 3})};
  }
}

void register_pictures() {
  static const bool once = [] {
    const auto infer = [](Operands in) {
      const bool is_grey = in[1].constant && in[1].constant->at(0).i == kGrey;
      return Types{{DType::U8, {numbered("height", in[1], 1), numbered("width", in[1], 1), is_grey ? 1 : 3}}};
    };
    register_host_function("onnx decoded picture", {infer, decoded_picture, {}});
    return true;
  }();
  static_cast<void>(once);
}

Results decode_picture_node(const NodeView& n) {
  const Value& file = n.in(0);
  require(file.dtype() == DType::U8 && file.rank() == 1, "input 0 is {}, and must be the bytes of a file, u8[n]",
          file.type());
  const std::string format = n.text("pixel_format", "RGB");
  require(format == "RGB" || format == "BGR" || format == "Grayscale",
          "attribute pixel_format is '{}', and must be RGB, BGR or Grayscale", format);
  register_pictures();
  return host_results("onnx decoded picture", {file, constant_of(Ints{format == "RGB"   ? kRgb
                                                                      : format == "BGR" ? kBgr
                                                                                        : kGrey,
                                                                      own_number(n)})});
}

constexpr Entry kPictures[] = {{"ImageDecoder", decode_picture_node}};

}  // namespace

std::span<const Entry> picture_operators() { return kPictures; }

}  // namespace tenon::onnx
