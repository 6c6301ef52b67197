// Named tensors in one file, in the safetensors format: an 8-byte length, a JSON header, the data.
#pragma once
#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "tensor/array.h"

namespace tenon {

struct SafeTensors {
  std::map<std::string, Array> tensors;
  std::map<std::string, std::string> metadata;  ///< the header's "__metadata__"
};

/// Throws Error for anything malformed: a header that is no JSON of the expected form or longer than 100 MB, an
/// unknown element type, sizes that do not agree, ranges that overlap, leave holes or leave the file.
SafeTensors read_safetensors(const std::string& path);
/// The same from memory; `name` is for errors.
SafeTensors parse_safetensors(std::span<const std::byte> bytes, const std::string& name);

/// Atomic. Equal content gives equal bytes: tensors lie by falling element size, then by name, so that each is aligned.
void write_safetensors(const std::string& path, const SafeTensors& content);

}  // namespace tenon
