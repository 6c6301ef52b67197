// Machine code from a relocatable object file, without a compiler or linker.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "runtime/kernel.h"

namespace tenon::runtime {

/// Executable memory holding the sections of one ELF relocatable object. References to outside are resolved from a
/// fixed list (memcpy, memset, the math functions of the C library); any other is an Error, as is a malformed object.
class Object {
 public:
  static std::shared_ptr<const Object> load(std::span<const std::byte> elf);
  ~Object();
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  /// nullptr where there is no such function.
  KernelFn find(const std::string& symbol) const;
  std::size_t bytes() const { return bytes_; }

 private:
  Object() = default;
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::size_t> symbols_;  // offset of each function
};

}  // namespace tenon::runtime
