// Objects from the code generator, intact and damaged, through the loader.
#include "base/rng.h"
#include "codegen/testing.h"

namespace tenon::codegen {
namespace {

using namespace expr;

std::vector<std::byte> object_with_calls() {
  Input x(0, {DType::F64, {20}});
  Index i("i", 20);
  KernelSource source{"kernel", compute({x.type()}, {i}, exp(x(i)) + sin(x(i)))};
  return compile({&source, 1}).object;
}

TEST(LoadedObject, CallsTheMathLibrary) {
  auto object = runtime::Object::load(object_with_calls());
  ASSERT_NE(object->find("kernel"), nullptr);
  EXPECT_EQ(object->find("other"), nullptr);
  std::vector<double> x(20, 0.75), out(20);
  void* buffers[] = {out.data(), x.data()};
  runtime::Fault fault;
  EXPECT_EQ(object->find("kernel")(buffers, 0, 1, &fault), 0);
  EXPECT_DOUBLE_EQ(out[0], std::exp(0.75) + std::sin(0.75));
}

TEST(LoadedObject, CutOffIsAnError) {
  std::vector<std::byte> object = object_with_calls();
  for (std::size_t size = 0; size < object.size(); size += 1 + size / 50) {
    try {
      runtime::Object::load(std::span(object).first(size));
    } catch (const Error&) {
      continue;
    }
    ADD_FAILURE() << size << " bytes of " << object.size() << " were accepted";
  }
}

TEST(LoadedObject, DamagedNeverCrashesTheLoader) {
  std::vector<std::byte> object = object_with_calls();
  Rng rng(3);
  int refused = 0;
  for (int k = 0; k < 20000; ++k) {
    std::vector<std::byte> damaged = object;
    for (int n = 0; n < 3; ++n) damaged[rng.below(damaged.size())] = static_cast<std::byte>(rng.next());
    try {
      runtime::Object::load(damaged);
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace tenon::codegen
