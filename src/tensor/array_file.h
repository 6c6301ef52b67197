// Files of arrays whatever their format, which is recognised by their first bytes.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "tensor/array.h"

namespace tenon {

struct ArrayFile {
  enum class Format : std::uint8_t { Npy, Npz, SafeTensors, PyTorch } format = Format::SafeTensors;
  /// By name; the array of a .npy file has the file's, without folder and ".npy".
  std::map<std::string, Array> arrays;
  std::map<std::string, std::string> metadata;  ///< of a .safetensors file
};

/// Throws Error as the reader of the format does; what begins like none of them is read as .safetensors, which has no
/// sign of its own.
ArrayFile read_arrays(const std::string& path);

/// "npy", "npz", "safetensors", "pytorch"
std::string_view name_of(ArrayFile::Format format);

}  // namespace tenon
