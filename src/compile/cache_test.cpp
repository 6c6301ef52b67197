#include "compile/cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/rng.h"
#include "compile/compiler.h"
#include "op/functions.h"
#include "op/sample_data.h"
#include "tensor/strings.h"

namespace tenon {
namespace {

runtime::ProgramData sample() {
  runtime::ProgramData p;
  p.inputs = {{DType::F32, {2, 3}}, {DType::I64, {}}};
  p.outputs = {{{DType::F32, {6}}, runtime::Buffer{runtime::Buffer::Where::Input, 0, 0}}, {{DType::F32, {2}}, {}}};
  p.constants = {Array::from<float>({1, 2, 3}, {3})};
  p.calls = {
      {"k", {{runtime::Buffer::Where::Output, 1, 0}, {runtime::Buffer::Where::Arena, 0, 64}}, 2, 1, "a+b", "x", 3, 4}};
  const Type t{DType::F64, {2, 3}};
  p.inputs.push_back(t);
  p.outputs.push_back({t, {}});
  runtime::Parameters every{
      {"axis", i64{-1}}, {"exclusive", false},         {"reverse", true},         {"d", 0.1}, {"e", DType::BF16},
      {"f", Ints{1, 2}}, {"g", std::vector<double>{}}, {"h", std::string("text")}};
  p.calls.push_back({.buffers = {{runtime::Buffer::Where::Output, 2, 0}, {runtime::Buffer::Where::Input, 2, 0}},
                     .label = "cumsum",
                     .special = runtime::SpecialCall{"cumsum", every, {t}, {t}}});
  p.arena_bytes = 128;
  p.object = {std::byte{1}, std::byte{2}};
  return p;
}

/// A cache folder of its own for each test.
class Cache : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("tenon-cache-test-" + std::to_string(::getpid()));
    ::setenv("TENON_CACHE_DIR", folder_.c_str(), 1);
  }
  void TearDown() override {
    std::filesystem::remove_all(folder_);
    ::unsetenv("TENON_CACHE_DIR");
  }
  std::filesystem::path folder_;
};

TEST_F(Cache, RoundTrip) {
  auto p = deserialize("key", serialize("key", sample()));
  EXPECT_EQ(p.inputs, sample().inputs);
  EXPECT_EQ(p.outputs[0].alias, sample().outputs[0].alias);
  EXPECT_FALSE(p.outputs[1].alias);
  EXPECT_TRUE(identical(p.constants[0], sample().constants[0]));
  EXPECT_EQ(p.calls[0].buffers[1].offset, 64);
  EXPECT_EQ(p.calls[0].label, "a+b");
  EXPECT_EQ(p.object, sample().object);
  EXPECT_FALSE(p.calls[0].special);
  const runtime::SpecialCall special = *p.calls[1].special, expected = *sample().calls[1].special;
  EXPECT_EQ(special.kernel, "cumsum");
  EXPECT_EQ(special.parameters, expected.parameters);
  EXPECT_EQ(special.in, expected.in);
  EXPECT_EQ(special.out, expected.out);
}

// The sum over the bytes holds, but what they say cannot be run.
TEST_F(Cache, ProgramsThatLieAreRefused) {
  runtime::ProgramData p = sample();
  p.calls[1].special->in[0].shape = {2, 4};
  EXPECT_THROW(deserialize("key", serialize("key", p)), Error);
  p = sample();
  p.calls[1].buffers.pop_back();
  EXPECT_THROW(deserialize("key", serialize("key", p)), Error);
  p = sample();
  p.calls[1].buffers[1].index = 7;
  EXPECT_THROW(deserialize("key", serialize("key", p)), Error);
}

TEST_F(Cache, DamageIsNoticed) {
  std::string good = serialize("key", sample());
  EXPECT_THROW(deserialize("another key", good), Error);
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_THROW(deserialize("key", good.substr(0, length)), Error);
  Rng rng(3);
  for (int k = 0; k < 2000; ++k) {
    std::string bad = good;
    bad[rng.below(bad.size())] ^= static_cast<char>(1 + rng.below(255));
    EXPECT_THROW(deserialize("key", bad), Error);
  }
}

TEST_F(Cache, FilesArePrivateAndDamagedOnesCountAsAbsent) {
  EXPECT_FALSE(load_cached("key"));
  store_cached("key", sample());
  ASSERT_TRUE(load_cached("key"));
  EXPECT_FALSE(load_cached("other"));
  auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  EXPECT_EQ(std::filesystem::status(folder_).permissions() & others, std::filesystem::perms::none);
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    write_file_atomically(entry.path(), std::string_view("tenon program 1\nnonsense"));
  EXPECT_FALSE(load_cached("key"));
}

TEST_F(Cache, ConstantsThatTheFunctionHasAreNotStored) {
  runtime::ProgramData p = sample();
  const Array large = Array::full({DType::F32, {100, 100}}, 2.5), other = Array::full({DType::F32, {3}}, 1.0);
  p.constants.push_back(large);
  const std::vector<Array> known{other, large};
  const std::string entry = serialize("key", p, known);
  EXPECT_LT(entry.size(), 5000u);
  const runtime::ProgramData again = deserialize("key", entry, known);
  EXPECT_EQ(again.constants[1].storage(), large.storage());
  EXPECT_TRUE(identical(again.constants[0], p.constants[0]));
  EXPECT_THROW(deserialize("key", entry), Error);
  EXPECT_THROW(deserialize("key", entry, std::vector{other, other}), Error);
}

// Constants that lie otherwise than the function has them are stored, others are not.
TEST_F(Cache, ProgramsFromDiskRunAsCompiled) {
  const Value x(Node::parameter({DType::F32, {40, 100}}), 0);
  const auto inputs = sample_data(std::vector<SampleInput>{{x.type()}, {{DType::F32, {100, 70}}}, {x.type()}}, 5);
  const Value w(Node::leaf(inputs[1]), 0), b(Node::leaf(inputs[2]), 0);
  const Function f{"f", {x}, {matmul(exp(x), w), x * b}};
  const std::vector<Array> constants = constants_of(f);
  ASSERT_EQ(constants.size(), 2u);
  const runtime::ProgramData compiled = compiler().compile(f, {}, "inference");
  store_cached("key", compiled, constants);
  const auto stored = load_cached("key", constants);
  ASSERT_TRUE(stored);
  std::size_t from_function = 0;
  for (const Array& a : stored->constants) {
    from_function += a.storage() == inputs[1].storage() || a.storage() == inputs[2].storage();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.raw()) % 64, 0u);
  }
  EXPECT_EQ(stored->constants.size(), 2u);
  EXPECT_EQ(from_function, 1u);
  const std::vector<Array> in{inputs[0]};
  const auto expected = runtime::Program(compiled).run(in), given = runtime::Program(*stored).run(in);
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_TRUE(identical(given[k], expected[k])) << k;
}

TEST_F(Cache, DamageOnDiskIsNoticed) {
  store_cached("key", sample());
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (entry.path().extension() != ".program") continue;
    const std::string good = read_file(entry.path());
    for (const std::size_t at : {std::size_t{0}, std::size_t{20}, good.size() / 2, good.size() - 1}) {
      std::string bad = good;
      bad[at] ^= 1;
      write_file_atomically(entry.path(), bad);
      EXPECT_FALSE(load_cached("key")) << at;
    }
    for (const std::size_t length : {std::size_t{0}, std::size_t{10}, good.size() - 1}) {
      write_file_atomically(entry.path(), std::string_view(good).substr(0, length));
      EXPECT_FALSE(load_cached("key")) << length;
    }
    write_file_atomically(entry.path(), good);
    EXPECT_TRUE(load_cached("key"));
  }
}

TEST_F(Cache, AFolderThatCannotBeWrittenIsNoError) {
  ::setenv("TENON_CACHE_DIR", "/dev/null/nowhere", 1);
  store_cached("key", sample());
  EXPECT_FALSE(load_cached("key"));
}

// A text is a number of the process that made it.
TEST_F(Cache, ProgramsThatHoldTextsStayInTheirProcess) {
  runtime::ProgramData p = sample();
  p.constants.push_back(array_of_texts({"a"}, {1}));
  store_cached("texts", p);
  EXPECT_FALSE(load_cached("texts"));
  store_cached("numbers", sample());
  EXPECT_TRUE(load_cached("numbers"));
}

}  // namespace
}  // namespace tenon
