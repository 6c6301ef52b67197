// Models that people use, where tools/fetch_models has brought them: the same as ONNX Runtime says.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/file.h"
#include "data/png.h"
#include "onnx/session.h"
#include "tensor/npy.h"

namespace tenon::onnx {
namespace {

constexpr double kLargestError = 1e-4;

std::string models() { return std::string(TENON_SOURCE_DIR) + "/build/models/"; }
Array golden(const std::string& name) {
  return read_npy(std::string(TENON_SOURCE_DIR) + "/src/onnx/testdata/" + name + ".npy");
}
bool is_there(const std::string& file) { return std::filesystem::exists(models() + file); }

/// Every step-th element, relative to the largest.
void expect_near(const Array& got, const Array& expected, i64 step) {
  ASSERT_EQ((got.count() + step - 1) / step, expected.count());
  double largest = 1;
  for (i64 k = 0; k < expected.count(); ++k) largest = std::max(largest, std::fabs(expected.at(k).as_double()));
  for (i64 k = 0; k < expected.count(); ++k)
    ASSERT_NEAR(got.at(k * step).as_double(), expected.at(k).as_double(), kLargestError * largest) << k;
}

TEST(RealModels, LinesOfAPhotograph) {
  if (!is_there("mlsd_320x320_tiny.onnx")) GTEST_SKIP() << models() << " has no models; tools/fetch_models brings them";
  const Array photograph = read_png(models() + "astronaut.png");
  const Array pixels = photograph.sliced(0, 96, 416).sliced(1, 96, 416).cast(DType::F32);
  Array image = Array::full({DType::F32, {1, 320, 320, 4}}, 1.0);
  for (i64 k = 0; k < 320 * 320; ++k)
    for (i64 c = 0; c < 3; ++c) image.set(4 * k + c, pixels.at(3 * k + c));
  const std::vector<Array> out = Session::load(models() + "mlsd_320x320_tiny.onnx").run(std::vector{image});
  expect_near(out[0], golden("mlsd_offsets"), 97);
  expect_near(out[1], golden("mlsd_scores"), 31);
}

TEST(RealModels, SpeechInAPrompt) {
  if (!is_there("silero_vad_v5.onnx")) GTEST_SKIP() << models() << " has no models; tools/fetch_models brings them";
  constexpr i64 kFrame = 256, kContext = 32, kHeader = 44;
  const std::string wav = read_file(models() + "demo-congrats.wav");
  const auto sample = [&](i64 k) {
    std::int16_t v = 0;
    std::memcpy(&v, wav.data() + kHeader + 2 * k, 2);
    return static_cast<double>(v) / 32768;
  };
  const Session session = Session::load(models() + "silero_vad_v5.onnx");
  const Array expected = golden("silero_probabilities"), rate = Array::scalar(Number::of_int(8000), DType::I64);
  Array state = Array::full({DType::F32, {2, 1, 128}}, 0.0),
        frame = Array::full({DType::F32, {1, kContext + kFrame}}, 0.0);
  for (i64 n = 0; n < expected.count(); ++n) {
    for (i64 k = 0; k < kContext; ++k) frame.set(k, n == 0 ? 0.0 : sample(n * kFrame - kContext + k));
    for (i64 k = 0; k < kFrame; ++k) frame.set(kContext + k, sample(n * kFrame + k));
    const std::vector<Array> out = session.run({{"input", frame}, {"state", state}, {"sr", rate}});
    ASSERT_NEAR(out[0].at(0).as_double(), expected.at(n).as_double(), kLargestError) << "frame " << n;
    state = out[1];
  }
  expect_near(state, golden("silero_state"), 1);
}

}  // namespace
}  // namespace tenon::onnx
