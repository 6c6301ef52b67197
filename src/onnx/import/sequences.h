// Sequences while a graph is imported: those whose elements are values of the graph, and those that are only one value.
#pragma once
#include "onnx/import/lists.h"

namespace tenon::onnx {

/// The elements where they are known as values.
std::optional<std::vector<Value>> elements_of(const Value& sequence);
/// A sequence of these; of none, with elements of type `t`.
Value sequence_from(const std::vector<Value>& elements, DType t);
/// The same sequence with elements of any extents, which is one type for each element type and rank.
Value general_sequence(const NodeView& n, const Value& s);
/// A tensor as a sequence of that type with one element, and back: a value whose extents may change.
Value boxed(const Value& v);
Value unboxed(const NodeView& n, const Value& s);

}  // namespace tenon::onnx
