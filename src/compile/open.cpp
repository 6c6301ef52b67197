// Finds and opens the compiler library.
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "compile/compiler.h"

namespace tenon {

namespace {

constexpr const char* kLibrary = "libtenon_compiler.so";

/// An address in this library.
void here() {}

std::vector<std::string> candidates() {
  std::vector<std::string> paths;
  if (const char* given = std::getenv("TENON_COMPILER")) return {given};
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&here), &self) && self.dli_fname) {
    auto folder = std::filesystem::absolute(self.dli_fname).parent_path();
    for (const char* near : {".", "../lib", "lib"}) paths.push_back((folder / near / kLibrary).lexically_normal());
  }
  return paths;
}

/// Empty where it is not found.
std::string compiler_library_path() {
  std::error_code ignored;
  for (const std::string& path : candidates())
    if (std::filesystem::exists(path, ignored)) return path;
  return {};
}

}  // namespace

Compiler& compiler() {
  static Compiler* opened = [] {
    std::string path = compiler_library_path();
    if (path.empty()) {
      std::string searched;
      for (const std::string& p : candidates()) searched += (searched.empty() ? "" : ", ") + p;
      fail("the compiler library is not there ({}); set TENON_COMPILER to its path", searched);
    }
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    require(library != nullptr, "the compiler library cannot be opened: {}", library ? "" : dlerror());
    auto entry = reinterpret_cast<Compiler* (*)()>(dlsym(library, "tenon_compiler"));
    require(entry != nullptr, "{} is no compiler library of this version", path);
    return entry();
  }();
  return *opened;
}

}  // namespace tenon
