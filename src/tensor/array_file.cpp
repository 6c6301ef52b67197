#include "tensor/array_file.h"

#include <algorithm>
#include <filesystem>

#include "base/bytes.h"
#include "base/file.h"
#include "base/zip.h"
#include "tensor/npy.h"
#include "tensor/pytorch.h"
#include "tensor/safetensors.h"

namespace tenon {
namespace {

std::string first_bytes(const std::string& path) {
  constexpr i64 kEnough = 16;
  InputFile file(path);
  std::string start(static_cast<std::size_t>(std::min(file.size(), kEnough)), '\0');
  file.read(0, std::as_writable_bytes(std::span(start)));
  return start;
}

ArrayFile read_archive(const std::string& path) {
  const std::string content = read_file(path);
  const auto bytes = bytes_of_text(content);
  const ZipReader zip(bytes, path);
  const bool pickle =
      std::ranges::any_of(zip.entries(), [](const ZipReader::Entry& e) { return e.name.ends_with("data.pkl"); });
  if (pickle) return {ArrayFile::Format::PyTorch, parse_pytorch(bytes, path), {}};
  return {ArrayFile::Format::Npz, parse_npz(bytes, path), {}};
}

}  // namespace

ArrayFile read_arrays(const std::string& path) {
  const std::string start = first_bytes(path);
  if (start.starts_with("\x93NUMPY")) {
    const std::filesystem::path file(path);
    const std::string name = (file.extension() == ".npy" ? file.stem() : file.filename()).string();
    return {ArrayFile::Format::Npy, {{name, read_npy(path)}}, {}};
  }
  if (start.starts_with("PK")) return read_archive(path);
  if (is_legacy_pytorch(bytes_of_text(start))) return {ArrayFile::Format::PyTorch, read_pytorch(path), {}};
  SafeTensors content = read_safetensors(path);
  return {ArrayFile::Format::SafeTensors, std::move(content.tensors), std::move(content.metadata)};
}

std::string_view name_of(ArrayFile::Format format) {
  constexpr std::string_view kNames[] = {"npy", "npz", "safetensors", "pytorch"};
  return kNames[static_cast<std::size_t>(format)];
}

}  // namespace tenon
