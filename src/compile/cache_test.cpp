#include "compile/cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/rng.h"
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
