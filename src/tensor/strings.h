// Texts as elements of tensors.
//
// An element of type str is the number of a text in a table of the process: equal texts have equal numbers, so texts
// are moved, gathered and compared like integers. Number 0 is the empty text. Texts stay in the table for as long as
// the process runs.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tensor/array.h"

namespace tenon {

/// The number of a text, which is added where it is new. At most 2^31 bytes long.
i64 intern_text(std::string_view text);
/// Throws Error where no text has that number. Valid for ever.
const std::string& text_of(i64 number);

/// A str tensor; throws Error unless the counts agree.
Array array_of_texts(const std::vector<std::string>& texts, Shape shape);
/// Elements in row-major order; throws Error unless the element type is str.
std::vector<std::string> texts_of(const Array& a);

}  // namespace tenon
