// JPEG, by libjpeg-turbo.
#include <csetjmp>
#include <cstdio>  // which jpeglib.h takes for granted

#include <jpeglib.h>
// Behind it.
#include <jerror.h>

#include "data/formats.h"

namespace tenon {

namespace {

/// Of a progressive file: each costs time, however few bytes it has.
constexpr int kMostScans = 100;
/// The best that coding can do is a bit for 64 elements of a component, of which a pixel may have a fraction.
constexpr std::size_t kMostPixelsPerJpegByte = 1024;

/// libjpeg's state; its errors come back to where `setjmp` was called, with a message.
struct Decompression {
  jpeg_decompress_struct state{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf back;
  char message[JMSG_LENGTH_MAX] = {};
  bool damaged = false;

  Decompression() {
    state.err = jpeg_std_error(&errors);
    state.client_data = this;
    errors.error_exit = [](j_common_ptr common) {
      auto* self = static_cast<Decompression*>(common->client_data);
      common->err->format_message(common, self->message);
      std::longjmp(self->back, 1);
    };
    errors.emit_message = [](j_common_ptr common, int level) {
      auto* self = static_cast<Decompression*>(common->client_data);
      const int code = common->err->msg_code;  // others are harmless
      if (level >= 0 || (code != JWRN_JPEG_EOF && code != JWRN_HIT_MARKER && code != JWRN_HUFF_BAD_CODE)) return;
      self->damaged = true;
      common->err->format_message(common, self->message);
    };
    progress.progress_monitor = [](j_common_ptr common) {
      if (reinterpret_cast<j_decompress_ptr>(common)->input_scan_number <= kMostScans) return;
      auto* self = static_cast<Decompression*>(common->client_data);
      std::snprintf(self->message, sizeof self->message, "more than %d scans", kMostScans);
      std::longjmp(self->back, 1);
    };
  }
  Decompression(const Decompression&) = delete;
  Decompression& operator=(const Decompression&) = delete;
  ~Decompression() { jpeg_destroy_decompress(&state); }
};

/// Nothing here has a destructor, since errors jump out of it.
bool read_header(Decompression& d, std::string_view bytes) {
  if (setjmp(d.back) != 0) return false;
  jpeg_create_decompress(&d.state);
  d.state.client_data = &d;
  d.state.progress = &d.progress;
  jpeg_mem_src(&d.state, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&d.state, TRUE);
  return true;
}
bool read_rows(Decompression& d, std::uint8_t* to, std::size_t row_bytes) {
  if (setjmp(d.back) != 0) return false;
  jpeg_start_decompress(&d.state);
  while (d.state.output_scanline < d.state.output_height) {
    JSAMPROW row = to + row_bytes * d.state.output_scanline;
    jpeg_read_scanlines(&d.state, &row, 1);
  }
  jpeg_finish_decompress(&d.state);
  return !d.damaged;
}

}  // namespace

Array decode_jpeg(std::string_view bytes, const std::string& name) {
  Decompression d;
  require(read_header(d, bytes), "{}: damaged JPEG picture ({})", name, d.message);
  const i64 height = d.state.image_height, width = d.state.image_width;
  require_pixels(name, height, width);
  require(static_cast<std::size_t>(height * width) / kMostPixelsPerJpegByte <= bytes.size(),
          "{}: {} x {} pixels cannot come out of {} bytes: truncated or corrupted", name, width, height, bytes.size());
  const bool is_grey = d.state.jpeg_color_space == JCS_GRAYSCALE;
  require(is_grey || d.state.num_components == 3, "{}: a JPEG picture of {} components; expected 1 or 3", name,
          d.state.num_components);
  d.state.out_color_space = is_grey ? JCS_GRAYSCALE : JCS_RGB;
  d.state.dct_method = JDCT_ISLOW;
  const i64 channels = is_grey ? 1 : 3;
  Array pixels(DType::U8, {height, width, channels});
  const bool complete =
      read_rows(d, static_cast<std::uint8_t*>(pixels.raw()), static_cast<std::size_t>(width * channels));
  require(complete, "{}: damaged JPEG picture ({})", name, d.message);
  return pixels;
}

}  // namespace tenon
