// Types and attributes as text, and back. The grammar is in docs/graphs.md.
#pragma once
#include <string>

#include "ir/attribute.h"
#include "ir/lexer.h"

namespace tenon {

/// A number such that it reads back with the same bits and is no integer: `1.0`, `0.1`, `-inf`, `nan`, `nan(0x7ff8…1)`.
std::string to_text(double x);

/// Reading starts at the lexer's next token and stops after the last one that belongs. Errors are the lexer's.
/// A type has at most 16 dimensions and 2^40 elements.
Type parse_type(Lexer& lexer);
Attribute parse_attribute(Lexer& lexer);
/// `{name=value, …}`, or nothing (an empty map).
AttributeMap parse_attributes(Lexer& lexer);

/// A function, which may stand inside of another's attributes up to some depth.
Function parse_function(Lexer& lexer);

}  // namespace tenon
