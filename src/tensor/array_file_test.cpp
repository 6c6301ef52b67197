#include "tensor/array_file.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "base/test_folder.h"
#include "tensor/npy.h"
#include "tensor/safetensors.h"

namespace tenon {
namespace {

using Format = ArrayFile::Format;

TEST(ArrayFile, FormatsAreRecognisedWhateverTheFileIsCalled) {
  TestFolder folder;
  const std::string path = folder / "weights";
  const std::map<std::string, Array> arrays{{"a", Array::from<float>({1, 2}, {2})}};
  const auto expect = [&](Format format, const std::string& name) {
    const ArrayFile file = read_arrays(path);
    EXPECT_EQ(name_of(file.format), name_of(format));
    EXPECT_TRUE(file.arrays.contains(name)) << name_of(format);
    return file;
  };
  write_npz(path, arrays);
  expect(Format::Npz, "a");
  write_npy(path, arrays.at("a"));
  expect(Format::Npy, "weights");
  write_safetensors(path, {arrays, {{"key", "value"}}});
  EXPECT_EQ(expect(Format::SafeTensors, "a").metadata.at("key"), "value");
  for (const char* name : {"types", "types_legacy"}) {
    write_file_atomically(path, read_file(TENON_SOURCE_DIR "/src/tensor/testdata/torch_" + std::string(name) + ".pt"));
    expect(Format::PyTorch, "bfloat16");
  }
}

TEST(ArrayFile, NamesAnArrayAfterItsFile) {
  TestFolder folder;
  write_npy(folder / "mean.v2.npy", Array::from<float>({1}, {1}));
  EXPECT_TRUE(read_arrays(folder / "mean.v2.npy").arrays.contains("mean.v2"));
}

TEST(ArrayFile, OtherFilesAreErrors) {
  TestFolder folder;
  for (const char* content : {"", "P", "PK", "hello, this is text", "\x80\x02"}) {
    write_file_atomically(folder / "x", content);
    EXPECT_THAT(error_of([&] { read_arrays(folder / "x"); }), testing::HasSubstr(folder / "x")) << content;
  }
  EXPECT_NE(error_of([&] { read_arrays(folder / "none"); }), "");
}

}  // namespace
}  // namespace tenon
