#include "base/file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/bytes.h"
#include "base/test_folder.h"

namespace tenon {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(File, WhatWasWrittenIsRead) {
  TestFolder folder;
  std::string content("line\0two\xFF", 9);
  write_file_atomically(folder / "f", content);
  EXPECT_EQ(read_file(folder / "f"), content);
  write_file_atomically(folder / "f", "");
  EXPECT_EQ(read_file(folder / "f"), "");
  EXPECT_EQ(folder.file_count(), 1u);
}

TEST(File, ReadsPiecesAndKnowsTheEnd) {
  TestFolder folder;
  write_file_atomically(folder / "f", "0123456789");
  InputFile file(folder / "f");
  EXPECT_EQ(file.size(), 10);
  std::byte piece[3];
  file.read(7, piece);
  EXPECT_EQ(static_cast<char>(piece[0]), '7');
  EXPECT_THAT(error_of([&] { file.read(8, piece); }), AllOf(HasSubstr(folder / "f"), HasSubstr("ends at byte 10")));
}

TEST(File, ReadsFilesThatDoNotTellTheirSize) { EXPECT_THAT(read_file("/proc/self/status"), HasSubstr("Pid:")); }

TEST(File, NamesPathAndReason) {
  TestFolder folder;
  EXPECT_THAT(error_of([&] { read_file(folder / "none"); }),
              AllOf(HasSubstr(folder / "none"), HasSubstr("No such file")));
  EXPECT_THAT(error_of([&] { read_file(folder / ""); }), HasSubstr("Is a directory"));
  EXPECT_THAT(error_of([&] { InputFile file(folder / ""); }), HasSubstr("Is a directory"));
  EXPECT_THAT(error_of([&] { write_file_atomically(folder / "", "x"); }), HasSubstr("Is a directory"));
  EXPECT_THAT(error_of([&] { write_file_atomically(folder / "none/f", "x"); }), HasSubstr("No such file"));
  write_file_atomically(folder / "f", "12345");
  EXPECT_THAT(error_of([&] { read_file(folder / "f", 4); }), HasSubstr("5 bytes; at most 4"));
}

TEST(File, AFailedWriterLeavesTheOldContent) {
  TestFolder folder;
  write_file_atomically(folder / "f", "old");
  EXPECT_EQ(error_of([&] {
              write_file_atomically(folder / "f", [](OutputFile& file) {
                file.write("new");
                fail("stopped");
              });
            }),
            "stopped");
  EXPECT_EQ(read_file(folder / "f"), "old");
  EXPECT_EQ(folder.file_count(), 1u);
}

TEST(File, AFullDiskIsAnErrorAndLeavesTheOldContent) {
  TestFolder folder;
  write_file_atomically(folder / "f", "old");
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small{4096, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string error = error_of([&] { write_file_atomically(folder / "f", std::string(100000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(error, AllOf(HasSubstr(folder / "f"), HasSubstr("File too large")));
  EXPECT_EQ(read_file(folder / "f"), "old");
  EXPECT_EQ(folder.file_count(), 1u);
  EXPECT_THAT(error_of([] { write_file_atomically("/dev/full", "x"); }), HasSubstr("No space left"));
}

TEST(File, DevicesAreWrittenToAndNotReplaced) {
  write_file_atomically("/dev/null", "x");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(File, KeepsSymbolicLinksAndPermissions) {
  TestFolder folder;
  write_file_atomically(folder / "target", "old");
  ASSERT_EQ(chmod((folder / "target").c_str(), 0600), 0);
  std::filesystem::create_symlink(folder / "target", folder / "link");
  write_file_atomically(folder / "link", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "target"), "new");
  EXPECT_EQ(std::filesystem::status(folder / "target").permissions(), std::filesystem::perms(0600));
}

TEST(ByteReader, ReadsBothOrdersAndNeverLeaves) {
  ByteReader reader(bytes_of_text(std::string_view("\x01\x02\x03\x04\x05\x06\x07", 7)), "f");
  EXPECT_EQ(reader.little<std::uint32_t>(), 0x04030201u);
  EXPECT_EQ(reader.big<std::uint16_t>(), 0x0506u);
  EXPECT_EQ(reader.remaining(), 1u);
  EXPECT_THAT(error_of([&] { reader.little<std::uint16_t>(); }), HasSubstr("'f' is truncated"));
  EXPECT_THAT(error_of([&] { reader.take(~0ull); }), HasSubstr("truncated"));
  EXPECT_THAT(error_of([&] { reader.seek(8); }), HasSubstr("truncated"));
}

TEST(ByteReader, AppendedNumbersComeBack) {
  std::string bytes;
  append_little(bytes, std::uint64_t{0x8877665544332211u});
  append_little(bytes, std::uint8_t{0xFF});
  ByteReader reader(bytes_of_text(bytes), "f");
  EXPECT_EQ(reader.little<std::uint64_t>(), 0x8877665544332211u);
  EXPECT_EQ(reader.little<std::uint8_t>(), 0xFF);
}

TEST(File, NamesLeftByKilledProcessesAreNoObstacle) {
  TestFolder folder;
  const std::string path = folder / "model";
  for (int k = 0; k < 300; ++k) std::ofstream(fmt::format("{}.{}-{}.tmp", path, getpid(), k)) << "left";
  write_file_atomically(path, "new");
  EXPECT_EQ(read_file(path, 100), "new");
}

TEST(File, WhetherAFileCanBeWrittenIsKnownBefore) {
  TestFolder folder;
  require_writable(folder / "new");
  EXPECT_EQ(folder.file_count(), 0u);
  write_file_atomically(folder / "old", "kept");
  require_writable(folder / "old");
  EXPECT_EQ(read_file(folder / "old"), "kept");
  EXPECT_EQ(folder.file_count(), 1u);
  require_writable("/dev/null");
  EXPECT_THAT(error_of([&] { require_writable(folder / "no/such"); }), HasSubstr(folder / "no/such"));
  EXPECT_THAT(error_of([&] { require_writable(folder / "."); }), HasSubstr("directory"));
}

TEST(File, WhatKilledProcessesHaveLeftIsRemoved) {
  TestFolder folder;
  const std::string path = folder / "model";
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(48);
  for (const char* name :
       {"model.12-3.tmp", "model.backup.tmp", "model.12-3.tmp.keep", "other.12-3.tmp", "model.1-.tmp"}) {
    write_file_atomically(folder / name, "old");
    std::filesystem::last_write_time(folder / name, long_ago);
  }
  write_file_atomically(folder / "model.12-4.tmp", "another process is writing");
  require_writable(path);
  EXPECT_FALSE(std::filesystem::exists(folder / "model.12-3.tmp"));
  EXPECT_EQ(folder.file_count(), 5u);
}

TEST(File, ALinkThatLeadsNowhereYetIsFollowed) {
  TestFolder folder;
  const std::string link = folder / "link", target = folder / "target";
  std::filesystem::create_symlink("target", link);
  write_file_atomically(link, "new");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(read_file(target, 100), "new");
}

}  // namespace
}  // namespace tenon
