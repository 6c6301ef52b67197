#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "eager/grad.h"
#include "loss/cross_entropy.h"
#include "loss/mse.h"
#include "tensor/npy.h"

namespace tenon::loss {
namespace {

TEST(CrossEntropy, IsNumPysWithItsGradient) {
  auto golden = read_npz(TENON_SOURCE_DIR "/src/loss/testdata/costs.npz");
  const Tensor logits(golden["logits"]), labels(golden["labels"]);
  const std::vector<double> weights = Tensor(golden["class_weights"]).to_vector<double>();
  const std::pair<std::string, CrossEntropy> cases[] = {
      {"plain", {}}, {"smooth", {.label_smoothing = 0.1}}, {"weighted", {0, weights}}, {"both", {0.1, weights}}};
  // Both sides are f64 and differ by the order of sums and the library of exp and log.
  constexpr double kTolerance = 1e-13;
  for (const auto& [name, cost] : cases) {
    const Tensor value = cost(logits, labels), gradient = grad(value, {logits})[0];
    EXPECT_NEAR(value.item(), golden[name].at(0).as_double(), kTolerance) << name;
    for (i64 k = 0; k < gradient.count(); ++k)
      EXPECT_NEAR(gradient.data().at(k).as_double(), golden[name + ".gradient"].at(k).as_double(), kTolerance)
          << name << " " << k;
  }
}

TEST(CrossEntropy, SaysWhatIsWrong) {
  const Tensor logits = Tensor::zeros({2, 3}), labels = Tensor::from({i64(0), i64(2)}, {2});
  EXPECT_EQ(error_of([&] { CrossEntropy{0, {1, 2}}(logits, labels); }),
            "cross_entropy: there are 2 class weights for 3 classes");
  EXPECT_EQ(error_of([&] { CrossEntropy{1.5}(logits, labels); }),
            "cross_entropy: label smoothing is 1.5, expected 0 to 1");
  EXPECT_EQ(error_of([&] { CrossEntropy{0, {1, -2, 1}}(logits, labels); }),
            "cross_entropy: a class weight is -2, expected at least 0");
  EXPECT_NE(error_of([&] { CrossEntropy{0.1}(logits, Tensor::from({i64(0)}, {1})); }), "");
  EXPECT_NE(error_of([&] { CrossEntropy{}(logits, Tensor::from({i64(0)}, {1})); }), "");
}

TEST(Mse, IsTheMeanOfSquares) {
  const Tensor a = Tensor::from({1.f, 2.f, 3.f, 4.f}, {2, 2}), b = Tensor::from({1.f, 0.f, 6.f, 4.f}, {2, 2});
  EXPECT_EQ(Mse{}(a, b).item(), (4 + 9) / 4.0);
  EXPECT_EQ(grad(Mse{}(a, b), {a})[0].to_vector<float>(), (std::vector<float>{0, 1, -1.5, 0}));
}

}  // namespace
}  // namespace tenon::loss
