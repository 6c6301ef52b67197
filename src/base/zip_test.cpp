#include "base/zip.h"

#include <gmock/gmock.h>

#include "base/bytes.h"
#include "base/test_folder.h"

namespace tenon {
namespace {

using testing::HasSubstr;

std::string archive_of(const std::vector<std::pair<std::string, std::string>>& files) {
  TestFolder folder;
  write_file_atomically(folder / "z", [&](OutputFile& file) {
    ZipWriter zip(file);
    for (const auto& [name, text] : files) zip.add(name, {bytes_of_text(text)});
    zip.finish();
  });
  return read_file(folder / "z");
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Zip, EntriesComeBack) {
  std::string archive = archive_of({{"a.txt", "hello"}, {"empty", ""}, {"größe", std::string(5000, 'x')}});
  ZipReader zip(bytes_of_text(archive), "z");
  ASSERT_EQ(zip.entries().size(), 3u);
  EXPECT_EQ(zip.entries()[2].name, "größe");
  EXPECT_EQ(text_of(zip.extract(zip.entries()[0])), "hello");
  EXPECT_EQ(text_of(zip.extract(zip.entries()[1])), "");
  EXPECT_EQ(text_of(zip.extract(zip.entries()[2])), std::string(5000, 'x'));
}

TEST(Zip, AnEmptyArchiveHasNoEntries) {
  std::string archive = archive_of({});
  EXPECT_TRUE(ZipReader(bytes_of_text(archive), "z").entries().empty());
}

TEST(Zip, MoreEntriesThanSixteenBitsCount) {
  std::vector<std::pair<std::string, std::string>> files;
  for (int k = 0; k < 70000; ++k) files.emplace_back(std::to_string(k), "");
  std::string archive = archive_of(files);
  ZipReader zip(bytes_of_text(archive), "z");
  ASSERT_EQ(zip.entries().size(), 70000u);
  EXPECT_EQ(zip.entries().back().name, "69999");
}

TEST(Zip, EveryTruncationIsAnError) {
  std::string archive = archive_of({{"a", "hello"}});
  for (std::size_t size = 0; size < archive.size(); ++size) {
    EXPECT_THROW(ZipReader(bytes_of_text(std::string_view(archive).substr(0, size)), "z"), Error) << size;
  }
}

TEST(Zip, DamagedContentIsNoticed) {
  std::string archive = archive_of({{"a", "hello"}});
  archive[archive.find("hello")] = 'j';
  ZipReader zip(bytes_of_text(archive), "z");
  EXPECT_THAT(error_of([&] { zip.extract(zip.entries()[0]); }), HasSubstr("checksum"));
}

TEST(Zip, RefusesWhatItDoesNotKnow) {
  std::string archive = archive_of({{"a", "hello"}});
  std::size_t directory = archive.find("PK\1\2");
  std::string encrypted = archive, method = archive, size = archive;
  encrypted[directory + 8] = 1;
  method[directory + 10] = 12;
  size[directory + 24] = 100;
  EXPECT_THAT(error_of([&] { ZipReader(bytes_of_text(encrypted), "z"); }), HasSubstr("encrypted"));
  EXPECT_THAT(error_of([&] { ZipReader(bytes_of_text(method), "z"); }), HasSubstr("compression method 12"));
  EXPECT_THAT(error_of([&] { ZipReader(bytes_of_text(size), "z"); }), HasSubstr("impossible sizes"));
}

TEST(Zip, RefusesEntriesThatShareTheirBytes) {
  std::string one = archive_of({{"a", std::string(1000, 'x')}});
  std::size_t directory = one.find("PK\1\2"), end = one.find("PK\5\6");
  std::string entry = one.substr(directory, end - directory), archive = one.substr(0, directory) + entry + entry;
  std::string tail = one.substr(end);
  tail[8] = tail[10] = 2;
  ByteReader old(bytes_of_text(tail), "tail");
  old.seek(12);
  std::string bytes;
  append_little(bytes, old.little<std::uint32_t>() * 2);
  tail.replace(12, 4, bytes);
  archive += tail;
  EXPECT_THAT(error_of([&] { ZipReader(bytes_of_text(archive), "z"); }), HasSubstr("overlap"));
}

}  // namespace
}  // namespace tenon
