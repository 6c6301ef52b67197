// For tests: a folder of their own.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/error_of.h"

namespace tenon {

/// An empty folder, removed with its content at the end.
class TestFolder {
 public:
  TestFolder() : path_((std::filesystem::temp_directory_path() / "tenon-test-XXXXXX").string()) {
    require(mkdtemp(path_.data()) != nullptr, "cannot make the folder {}", path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::size_t file_count() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::string path_;
};

}  // namespace tenon
