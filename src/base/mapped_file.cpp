#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace tenon {

MappedFile::MappedFile(const std::string& path, std::int64_t limit) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  require(descriptor >= 0, "cannot open '{}': {}", path, std::strerror(errno));
  struct stat status = {};
  const bool known = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  const bool mapped = known && status.st_size > 0 && status.st_size <= limit;
  if (mapped) {
    size_ = static_cast<std::size_t>(status.st_size);
    void* at = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
    if (at != MAP_FAILED) data_ = static_cast<std::byte*>(at);
  }
  const int reason = errno;
  close(descriptor);
  require(known, "'{}' is no regular file", path);
  require(status.st_size <= limit, "'{}' has {} bytes; at most {} are accepted", path, status.st_size, limit);
  require(!mapped || data_ != nullptr, "cannot map '{}': {}", path, std::strerror(reason));
}

MappedFile::~MappedFile() {
  if (data_) munmap(data_, size_);
}

}  // namespace tenon
