// Files that PyTorch's torch.save wrote.
#pragma once
#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "tensor/array.h"

namespace tenon {

/// Every tensor of a state dict or of another nest of dictionaries and lists. Names are the keys on the way to a
/// tensor, joined by dots ("model.layers.0.weight"); positions in lists count as keys, and a file that is one tensor
/// has it under "tensor". What is no tensor is left out. Tensors that share a storage in the file share one here; they
/// may be strided. Reads both forms, the ZIP archive (PyTorch 1.6 and newer) and the older one, and executes nothing:
/// names of Python that state dicts do not need are refused. Throws Error for those, for anything malformed, for
/// element types that we do not have, for TorchScript and for big-endian files. No tensor has more elements than the
/// file has bytes.
std::map<std::string, Array> read_pytorch(const std::string& path);
/// The same from memory; `name` is for errors.
std::map<std::string, Array> parse_pytorch(std::span<const std::byte> bytes, const std::string& name);

/// Whether the bytes begin as torch.save begins in its older form.
bool is_legacy_pytorch(std::span<const std::byte> bytes);

}  // namespace tenon
