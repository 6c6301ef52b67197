// NumPy's .npy and .npz files.
//
// Element types: f8 f4 f2 i8 i4 i2 i1 u8 u4 u2 u1 b1 in either byte order. NumPy itself has no bfloat16; it is stored
// as the 2-byte raw type '<V2', as the ml_dtypes package does, and V2 is read as bf16. Floats of 8 bits are stored as
// the raw type '|V1', as which array.view(ml_dtypes.float8_e4m3fn) reads them; i4 and u4 are stored as i1 and u1, by
// value.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "tensor/array.h"

namespace tenon {

/// Contiguous array from the bytes of a .npy file of version 1, 2 or 3, C or Fortran order. `name` is for errors.
/// Throws Error for anything malformed, for other element types and for bytes after the array; takes no more memory
/// than the data has.
///
/// Files of '|V1', as which ml_dtypes stores most floats of 8 bits and integers of 4, do not say which type they hold:
/// `expected` does. Where it is i4 or u4, values of i1 and u1 become that type if they fit.
Array parse_npy(std::span<const std::byte> bytes, const std::string& name, std::optional<DType> expected = {});
Array read_npy(const std::string& path, std::optional<DType> expected = {});
/// Version 1, C order, little endian; the same bytes as numpy.save. Atomic.
void write_npy(const std::string& path, const Array& array);

/// Every member NAME.npy of a .npz archive, plain or compressed.
std::map<std::string, Array> read_npz(const std::string& path);
std::map<std::string, Array> parse_npz(std::span<const std::byte> bytes, const std::string& name);
/// Uncompressed, like numpy.savez. Atomic.
void write_npz(const std::string& path, const std::map<std::string, Array>& arrays);

}  // namespace tenon
