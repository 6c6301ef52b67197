#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/error.h"

namespace tenon {
namespace {

[[noreturn]] void fail_with_reason(const char* what, const std::string& path, int error = errno) {
  fail("cannot {} '{}': {}", what, path, std::strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  bool close() { return number_ < 0 || ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

int open_to_read(const std::string& path) {
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_with_reason("open", path);
  return descriptor;
}

struct stat status_of(int descriptor, const std::string& path) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) fail_with_reason("read", path);
  if (S_ISDIR(status.st_mode)) fail_with_reason("read", path, EISDIR);
  return status;
}

// Where a symbolic link leads, so that the link survives; the path itself when nothing is there yet.
std::string folder_of(const std::string& path);

std::string resolved(std::string path) {
  constexpr int kMostLinks = 40;
  for (int hop = 0; hop < kMostLinks; ++hop) {
    std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), std::free);
    if (real) return real.get();
    char target[PATH_MAX];
    ssize_t length = readlink(path.c_str(), target, sizeof target);
    if (length <= 0 || length == static_cast<ssize_t>(sizeof target)) return path;
    std::string next(target, static_cast<std::size_t>(length));
    path = next[0] == '/' ? next : folder_of(path) + "/" + next;
  }
  return path;
}

std::string folder_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// A new file next to its final place, removed unless it got there.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& target, mode_t mode) : target_(target), descriptor_(create(mode)) {}
  ~TemporaryFile() {
    if (!moved_) unlink(path_.c_str());
  }

  int descriptor() const { return descriptor_.number(); }

  void move_to_target() {
    if (fsync(descriptor()) != 0 || !descriptor_.close()) fail_with_reason("write", target_);
    if (rename(path_.c_str(), target_.c_str()) != 0) fail_with_reason("write", target_);
    moved_ = true;
    Descriptor folder(open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.number() >= 0) fsync(folder.number());
  }

 private:
  /// Numbers of processes come again, so a name may be taken by what a killed one has left, or by another machine.
  int create(mode_t mode) {
    static std::atomic<unsigned> counter = 0;
    for (int attempt = 0;; ++attempt) {
      path_ = fmt::format("{}.{}-{}.tmp", target_, getpid(), counter++);
      int descriptor = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
      if (descriptor >= 0) return descriptor;
      if (errno != EEXIST || attempt == 10000) fail_with_reason("write", target_);
    }
  }

  const std::string& target_;
  std::string path_;
  Descriptor descriptor_;
  bool moved_ = false;
};

/// "123-4.tmp", as TemporaryFile writes it: nobody else's file is touched.
bool is_temporary(std::string_view rest) {
  auto digits = [&] {
    const std::size_t count = std::min(rest.find_first_not_of("0123456789"), rest.size());
    rest.remove_prefix(count);
    return count > 0;
  };
  if (!digits() || !rest.starts_with("-")) return false;
  rest.remove_prefix(1);
  return digits() && rest == ".tmp";
}

/// Removes what killed processes have left beside the target: nobody writes one file for so long.
void sweep(const std::string& target) {
  constexpr auto kAbandoned = std::chrono::hours(24);
  namespace fs = std::filesystem;
  std::error_code ignored;
  const std::string first = target.substr(target.rfind('/') + 1) + ".";
  for (const auto& entry : fs::directory_iterator(folder_of(target), ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(first) || !is_temporary(std::string_view(name).substr(first.size()))) continue;
    std::error_code gone;
    const auto written = entry.last_write_time(gone);
    if (!gone && fs::file_time_type::clock::now() - written > kAbandoned) fs::remove(entry.path(), gone);
  }
}

}  // namespace

InputFile::InputFile(const std::string& path) : path_(path), descriptor_(open_to_read(path)) {
  try {
    size_ = status_of(descriptor_, path).st_size;
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::read(std::int64_t offset, std::span<std::byte> to) const {
  while (!to.empty()) {
    ssize_t got = pread(descriptor_, to.data(), to.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_with_reason("read", path_);
    require(got > 0, "'{}' ends at byte {}, but {} more bytes were expected", path_, offset, to.size());
    to = to.subspan(static_cast<std::size_t>(got));
    offset += got;
  }
}

std::string read_file(const std::string& path, std::int64_t limit) {
  Descriptor file(open_to_read(path));
  std::int64_t size = status_of(file.number(), path).st_size;
  require(size <= limit, "'{}' has {} bytes; at most {} are accepted", path, size, limit);
  std::string content;
  std::size_t used = 0;
  for (;;) {
    // One byte more than expected shows the end of the file without growing.
    if (used == content.size()) content.resize(std::max(static_cast<std::size_t>(size) + 1, used + used / 2 + 4096));
    ssize_t got = ::read(file.number(), content.data() + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_with_reason("read", path);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    require(static_cast<std::int64_t>(used) <= limit, "'{}' is longer than the {} bytes that are accepted", path,
            limit);
  }
  content.resize(used);
  return content;
}

void OutputFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail_with_reason("write", path_);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

void OutputFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void write_file_atomically(const std::string& path, FunctionRef<void(OutputFile&)> writer) {
  struct stat status;
  bool exists = stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) fail_with_reason("write", path, EISDIR);
  if (exists && !S_ISREG(status.st_mode)) {
    Descriptor device(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (device.number() < 0) fail_with_reason("write", path);
    OutputFile output(path, device.number());
    writer(output);
    if (!device.close()) fail_with_reason("write", path);
    return;
  }
  std::string target = resolved(path);
  TemporaryFile temporary(target, exists ? status.st_mode & 0777 : 0666);
  OutputFile output(path, temporary.descriptor());
  writer(output);
  temporary.move_to_target();
}

void require_writable(const std::string& path) {
  struct stat status;
  const bool exists = stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) fail_with_reason("write", path, EISDIR);
  if (exists && !S_ISREG(status.st_mode)) {
    if (access(path.c_str(), W_OK) != 0) fail_with_reason("write", path);
    return;
  }
  const std::string target = resolved(path);
  const TemporaryFile temporary(target, 0600);
  sweep(target);
}

void write_file_atomically(const std::string& path, std::string_view content) {
  write_file_atomically(path, [&](OutputFile& file) { file.write(content); });
}

}  // namespace tenon
