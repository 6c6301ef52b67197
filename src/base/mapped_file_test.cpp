#include "base/mapped_file.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "base/test_folder.h"

namespace tenon {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

TEST(MappedFile, WhatIsWrittenToMemoryStaysThere) {
  TestFolder folder;
  write_file_atomically(folder / "f", "some text");
  const MappedFile mine(folder / "f", 9), other(folder / "f", 100);
  mine.bytes()[0] = std::byte{'S'};
  EXPECT_EQ(text_of(mine), "Some text");
  EXPECT_EQ(text_of(other), "some text");
  EXPECT_EQ(read_file(folder / "f"), "some text");
}

TEST(MappedFile, OutlivesTheNameOfItsFile) {
  TestFolder folder;
  write_file_atomically(folder / "f", "old");
  const MappedFile old(folder / "f", 100);
  write_file_atomically(folder / "f", "newer");
  EXPECT_EQ(text_of(old), "old");
  EXPECT_EQ(text_of(MappedFile(folder / "f", 100)), "newer");
  std::filesystem::remove(folder / "f");
  EXPECT_EQ(text_of(old), "old");
}

TEST(MappedFile, MayBeEmptyButNotAbsentNorTooLongNorAFolder) {
  TestFolder folder;
  write_file_atomically(folder / "f", "");
  EXPECT_TRUE(MappedFile(folder / "f", 0).bytes().empty());
  write_file_atomically(folder / "f", "12");
  EXPECT_THAT(error_of([&] { MappedFile(folder / "f", 1); }), AllOf(HasSubstr(folder / "f"), HasSubstr("at most 1")));
  EXPECT_THAT(error_of([&] { MappedFile(folder / "g", 1); }), HasSubstr("No such file"));
  EXPECT_THAT(error_of([&] { MappedFile(folder / ".", 1); }), HasSubstr("no regular file"));
}

}  // namespace
}  // namespace tenon
