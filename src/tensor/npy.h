// NumPy's .npy and .npz files.
//
// Element types: f8 f4 f2 i8 i4 i2 i1 u1 b1 in either byte order. NumPy itself has no bfloat16; it is stored as the
// 2-byte raw type '<V2', as the ml_dtypes package does, and V2 is read as bf16.
#pragma once
#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "tensor/array.h"

namespace tenon {

/// Contiguous array from the bytes of a .npy file of version 1, 2 or 3, C or Fortran order. `name` is for errors.
/// Throws Error for anything malformed, for other element types and for bytes after the array; takes no more memory
/// than the data has.
Array parse_npy(std::span<const std::byte> bytes, const std::string& name);
Array read_npy(const std::string& path);
/// Version 1, C order, little endian; the same bytes as numpy.save. Atomic.
void write_npy(const std::string& path, const Array& array);

/// Every member NAME.npy of a .npz archive, plain or compressed.
std::map<std::string, Array> read_npz(const std::string& path);
std::map<std::string, Array> parse_npz(std::span<const std::byte> bytes, const std::string& name);
/// Uncompressed, like numpy.savez. Atomic.
void write_npz(const std::string& path, const std::map<std::string, Array>& arrays);

}  // namespace tenon
