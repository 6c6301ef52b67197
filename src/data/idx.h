// The IDX format of the MNIST family: a big-endian header, then the elements.
#pragma once
#include <string>
#include <string_view>

#include "tensor/array.h"

namespace tenon {

/// Reads an IDX file, plain or gzip-compressed (told apart by the first bytes). Element types u8, i8, i16, i32, f32 and
/// f64; up to 6 dimensions. Throws Error, naming the path, for a file that is missing, empty, truncated, longer than
/// its header says, corrupted, or of another format; never allocates more than the file can hold.
Array read_idx(const std::string& path);

/// The same for the content of a file; `name` is what messages call it.
Array parse_idx(std::string_view bytes, const std::string& name);

}  // namespace tenon
